import '@pushforward/testing/float64';
import { Key, type Tensor } from '@pushforward/tensors';
import { finiteDifferences, jacobian } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  type DenoisingObjective,
  ddpm,
  flowMatching,
  learnedSchedule,
  rectifiedFlow,
  type Schedule,
  simple,
  variancePreserving,
  variational,
} from '../index.js';

const objectives: Record<string, readonly [DenoisingObjective, Schedule, boolean]> = {
  simple: [simple(), variancePreserving(), false],
  'steps of a chain': [variational({ steps: 5 }), learnedSchedule(), false],
  'steps of a learned variance': [
    variational({ steps: 5, variance: 'learned' }),
    variancePreserving(),
    true,
  ],
  'continuous time': [variational({ steps: Infinity }), variancePreserving(), false],
  'flow matching': [flowMatching(), rectifiedFlow(), false],
};

describe.each(Object.entries(objectives))('%s', (_, [objective, schedule, learnVariance]) => {
  const { denoiser } = ddpm(Key.from(1), {
    ...{ features: 2, hidden: [6], activation: 'tanh', timeScale: 5, timeFeatures: 4 },
    ...{ lastScale: 1, schedule, learnVariance, denoiser: { predicts: 'velocity' } },
  });
  const x = Key.from(2).normal([5, 2]);
  const losses = (x: Tensor) =>
    tf.expandDims(objective.rowLosses(denoiser, { x }, Key.from(3)), -1);

  it('has gradients in the data, which an encoder of them learns by', () => {
    const exact = jacobian(losses, x);
    const size = Math.max(...exact.flat(2).map(Math.abs));
    expect(size).toBeGreaterThan(1e-2);
    expect(exact).toBeAllClose(finiteDifferences(losses, x), { abs: 1e-6 * size, rel: 1e-5 });
  });

  it('has gradients in every weight', () => {
    for (const weight of denoiser.parameters()) {
      const start = weight.clone();
      const { grads } = tf.variableGrads(() => tf.sum(losses(x)).asScalar(), [weight]);
      const direction = Key.from(4).normal(weight.shape);
      const along = tf.sum(tf.mul(grads[weight.name]!, direction)).dataSync()[0]!;
      // A learned schedule starts where its second derivatives jump, so that differences are off by a multiple of h.
      const h = 1e-6;
      const [after, before] = [h, -h].map((step) => {
        weight.assign(tf.add(start, tf.mul(step, direction)));
        return tf.sum(losses(x)).dataSync()[0]!;
      });
      weight.assign(start);
      expect(along).toBeAllClose((after! - before!) / (2 * h), {
        abs: 1e-5 * Math.max(1, Math.abs(along)),
      });
    }
  });
});
