import { type Batch, Module, parameter } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { key, rows } from '../test/mean.js';
import { type FitOptions, fit } from './index.js';

/** A loss of constant slope, the mean of the data: every step of Adam then has the size of its learning rate. */
class Slope extends Module {
  readonly value = tf.tidy(() => parameter(tf.scalar(0)));

  loss({ x }: Batch) {
    return tf.tidy(() => tf.mul(tf.mean(x), this.value));
  }
}

/** Where the value is after training on rows that are all 3. */
async function trained(options: Partial<FitOptions>, slope = new Slope()): Promise<number> {
  const train = rows([3, 3]);
  await fit(slope, { train }, { key, epochs: 1, batchSize: 2, learningRate: 0.1, ...options });
  return slope.value.dataSync()[0]!;
}

describe.each([true, false])('a step, compiled: %s', (compile) => {
  it('has the size of the learning rate', async () => {
    expect(await trained({ compile })).toBeCloseTo(-0.1, 6);
    expect(await trained({ compile, epochs: 5 })).toBeCloseTo(-0.5, 6);
  });

  it('is told by the schedule, from the steps done and those planned', async () => {
    const schedule = (step: number, steps: number) => (step + 1) / steps;
    expect(await trained({ compile, epochs: 4, schedule })).toBeCloseTo(-0.1 * (10 / 4), 6);
    expect(await trained({ compile, epochs: 4, steps: 2, schedule })).toBeCloseTo(-0.15, 6);
  });

  it('is clipped before it reaches Adam', async () => {
    // Without memory and with epsilon 1 a gradient g moves the value by g / (|g| + 1) times the learning rate.
    const adam = { beta1: 0, beta2: 0, epsilon: 1 };
    expect(await trained({ compile, adam })).toBeCloseTo(-0.1 * (3 / 4), 6);
    expect(await trained({ compile, adam, clipNorm: 0.5 })).toBeCloseTo(-0.1 * (0.5 / 1.5), 6);
    expect(await trained({ compile, adam, clipNorm: 4 })).toBeCloseTo(-0.1 * (3 / 4), 6);
  });

  it('is that of Adam as the learner asks, but for what options say', async () => {
    const asking = () => Object.assign(new Slope(), { adam: { beta1: 0, beta2: 0, epsilon: 1 } });
    expect(await trained({ compile }, asking())).toBeCloseTo(-0.1 * (3 / 4), 6);
    const adam = { epsilon: 2 };
    expect(await trained({ compile, adam }, asking())).toBeCloseTo(-0.1 * (3 / 5), 6);
  });
});
