import { iris, Split, standardise } from '@pushforward/datasets';
import { buildFlow, type FlowSpec } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import type { TrainingData } from '@pushforward/training';
import { baselines } from './baselines.js';
import { type Control, draw, latentsOf, learn, type Recipe } from './learn.js';
import { logLikelihoods } from './score.js';
import { parameterCount, type Study, toRows } from './study.js';

const folds = 5;

// All chosen on validation rows.
const spec: FlowSpec = {
  flow: 'nsfAutoregressive',
  features: 4,
  transforms: 2,
  hidden: [64, 64],
  bins: 4,
};
const recipe: Recipe = { epochs: 60, batchSize: 32, learningRate: 4e-3 };
/** Standard deviation of the normal noise on training rows: it keeps the flow from learning some hundred of them by heart. */
const blur = 0.1;

/** Flows of iris flowers, one for each of five folds, each judged on the flowers of its fold. */
export async function irisStudy(
  key: Key,
  control: Control,
  epochs = recipe.epochs,
): Promise<Study> {
  const started = performance.now();
  const [forFolds, ...forFold] = key.split(1 + folds);
  const table = iris();
  const cuts = table.folds(forFolds!, folds);
  const parts: FoldStudy[] = [];
  for (const [i, cut] of cuts.entries())
    parts.push(await foldStudy(forFold[i]!, cut, { ...recipe, epochs }, control));

  const all = <T>(what: (part: FoldStudy) => readonly T[]): T[] => parts.flatMap(what);
  return {
    name: table.name,
    source: table.source,
    space: 'four lengths, each standardised',
    cut: `${folds} folds of ${cuts[0]!.test.length} flowers to judge by; of the rest, one fifth to stop by`,
    spec,
    parameters: parts[0]!.parameters,
    scores: {
      flow: all(({ scores }) => scores.flow),
      kernel: all(({ scores }) => scores.kernel),
      gaussian: all(({ scores }) => scores.gaussian),
    },
    curves: parts.map(({ curve }, i) => ({ label: `fold ${i + 1}`, ...curve })),
    latents: all(({ latents }) => latents),
    data: toRows(table.x, table.features),
    samples: all(({ samples }) => samples),
    bandwidths: parts.map(({ bandwidth }) => bandwidth),
    seconds: (performance.now() - started) / 1000,
  };
}

type FoldStudy = Awaited<ReturnType<typeof foldStudy>>;

async function foldStudy(
  key: Key,
  cut: { train: Split; test: Split },
  recipe: Recipe,
  control: Control,
) {
  const [forCut, forFlow, forTraining, forSamples] = key.split(4);
  const inner = cut.train.trainTest(forCut, 0.2);
  const scale = standardise(inner.train);
  const parts = {
    train: inner.train.transform({ x: scale }),
    validation: inner.test.transform({ x: scale }),
    test: cut.test.transform({ x: scale }),
  };
  const flow = buildFlow(forFlow, spec);
  try {
    const data = { train: blurred(parts.train), validation: parts.validation };
    const curve = await learn(forTraining, flow, data, recipe, control);
    const { bandwidth, ...scores } = await baselines(parts);
    const samples = await draw(flow, forSamples, cut.test.length);
    return {
      curve,
      bandwidth,
      scores: { flow: await logLikelihoods(flow, parts.test), ...scores },
      latents: await latentsOf(flow, parts.test),
      samples: toRows(scale.undo({ x: Float32Array.from(samples.flat()), features: 4 }), 4),
      parameters: parameterCount(flow),
    };
  } finally {
    flow.dispose();
  }
}

/** Training rows with new noise in every epoch. */
function blurred(rows: Split): TrainingData {
  return {
    length: rows.length,
    batches(key, size) {
      const [forNoise, forOrder] = key.split(2);
      const draws = forNoise.normal([rows.x.length]);
      const noise = draws.dataSync();
      draws.dispose();
      return new Split({
        x: rows.x.map((x, i) => x + blur * noise[i]!),
        columns: rows.columns,
      }).batches(forOrder, size);
    },
  };
}
