import { type EpochReport, Key, Module, parameter, state } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { fit, type TrainingData } from './index.js';

/** (w - target)^2 + offset, where target and offset jump at the end of an epoch. */
class Jumping extends Module {
  readonly weight = parameter(() => tf.scalar(0));
  readonly target = state(() => tf.scalar(1));
  readonly offset = state(() => tf.scalar(0));

  constructor(private readonly says: boolean) {
    super();
  }

  loss() {
    return tf.tidy(() => tf.add(tf.square(tf.sub(this.weight, this.target)), this.offset));
  }

  endOfEpoch({ epoch }: EpochReport) {
    if (epoch !== 10) return false;
    tf.tidy(() => {
      this.target.assign(tf.scalar(-1));
      this.offset.assign(tf.scalar(100));
    });
    return this.says;
  }
}

const rows: TrainingData = {
  length: 20,
  *batches(_key, size) {
    for (let i = 0; i < 20; i += size) yield { x: tf.zeros([size, 1]) };
  },
};

const run = async (says: boolean, epochs: number, patience?: number) => {
  const learner = new Jumping(says);
  const { bestEpoch, history } = await fit(
    learner,
    { train: rows, validation: rows },
    {
      key: Key.from(1),
      epochs,
      batchSize: 1,
      learningRate: 0.05,
      ...(patience !== undefined && { patience }),
    },
  );
  const [weight, offset] = [learner.weight, learner.offset].map((v) => v.dataSync()[0]!);
  return { weight, offset, bestEpoch, epochs: history.length };
};

describe('a loss that changes', () => {
  it('keeps the best weights of the last one, where the learner says so', async () => {
    const { weight, offset, bestEpoch } = await run(true, 40);
    expect(weight).toBeCloseTo(-1, 2);
    expect(offset).toBe(100);
    expect(bestEpoch).toBeGreaterThan(10);
  });

  it('takes the higher loss for a worse one otherwise', async () => {
    const { weight, offset, bestEpoch } = await run(false, 40);
    expect(weight).toBeCloseTo(1, 2);
    expect([offset, bestEpoch! <= 10]).toEqual([0, true]);
  });

  it('keeps the weights of the change where nothing follows it', async () => {
    const { weight, offset, bestEpoch } = await run(true, 10);
    expect(weight).toBeCloseTo(1, 1);
    expect([offset, bestEpoch]).toEqual([100, 10]);
  });

  it('counts its patience from there', async () => {
    // The second minimum is reached some epochs after the jump; the first one is 100 lower.
    expect((await run(true, 200, 6)).epochs).toBeGreaterThan(16);
    expect((await run(false, 200, 6)).epochs).toBeLessThanOrEqual(16);
  });
});
