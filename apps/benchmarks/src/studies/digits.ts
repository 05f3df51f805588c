import {
  dequantise,
  digits,
  type Preprocessing,
  pipeline,
  standardise,
} from '@pushforward/datasets';
import { buildFlow, type FlowSpec } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import type { TrainingData } from '@pushforward/training';
import { baselines } from './baselines.js';
import { type Control, draw, latentsOf, learn, type Recipe } from './learn.js';
import { logLikelihoods } from './score.js';
import { parameterCount, type Study, toRows } from './study.js';

const levels = 17;

// Both chosen on validation rows, for some forty seconds on one core.
const spec: FlowSpec = {
  flow: 'nsfAutoregressive',
  features: 64,
  transforms: 3,
  hidden: [128, 128],
  bins: 8,
};
const recipe: Recipe = { epochs: 30, batchSize: 64, learningRate: 4e-3 };

/**
 * A flow of handwritten digits.
 *
 * Each pixel gets uniform noise, which makes it continuous, and is standardised. The flow sees new noise in every
 * epoch; validation, test and baselines are of one draw.
 */
export async function digitsStudy(
  key: Key,
  control: Control,
  epochs = recipe.epochs,
): Promise<Study> {
  const started = performance.now();
  const [forCut, forNoise, forFlow, forTraining, forSamples] = key.split(5);
  const { train, validation, test, name, source } = digits().partition(forCut!, {
    validation: 0.15,
    test: 0.15,
  });
  const scale = standardise(train.transform({ x: dequantise(forNoise!, levels) }));
  const prepare = (key: Key): Preprocessing => pipeline([dequantise(key, levels), scale]);
  const fixed = prepare(forNoise!);
  const parts = {
    train: train.transform({ x: fixed }),
    validation: validation.transform({ x: fixed }),
    test: test.transform({ x: fixed }),
  };
  const renewed: TrainingData = {
    length: train.length,
    batches(key, size) {
      const [forNoise, forOrder] = key.split(2);
      return train.transform({ x: prepare(forNoise) }).batches(forOrder, size);
    },
  };

  const flow = buildFlow(forFlow!, spec);
  try {
    const data = { train: renewed, validation: parts.validation };
    const curve = await learn(forTraining!, flow, data, { ...recipe, epochs }, control);
    const { bandwidth, ...scores } = await baselines(parts);
    const samples = await draw(flow, forSamples!, 100);
    return {
      name,
      source,
      space: '8 × 8 pixels with uniform noise, each standardised (64 numbers)',
      cut: `${train.length} images to learn from, ${validation.length} to stop by, ${test.length} to judge by`,
      spec,
      parameters: parameterCount(flow),
      scores: { flow: await logLikelihoods(flow, parts.test), ...scores },
      curves: [{ label: name, ...curve }],
      latents: await latentsOf(flow, parts.test),
      data: toRows(test.x, 64).slice(0, 100),
      samples: toRows(fixed.undo({ x: Float32Array.from(samples.flat()), features: 64 }), 64),
      bandwidths: [bandwidth],
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    flow.dispose();
  }
}
