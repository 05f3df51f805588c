import { type Batch, type EpochReport, Key, ShapeError, TrainingError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { data, Mean, quick } from '../test/mean.js';
import { type FitOptions, fit } from './index.js';

onEachEngine(() => {
  it('finds the minimum', async () => {
    const mean = new Mean();
    const result = await fit(mean, { train: data }, { ...quick, batchSize: 5, epochs: 300 });
    expect(mean.number).toBeCloseTo(4, 2);
    expect(result.stopReason).toBe('epochs');
    expect(result.steps).toBe(300);
    expect(result.history.at(-1)!.trainLoss).toBeCloseTo(6.8, 3);
  });

  it('gives the same numbers for the same key, and others for another', async () => {
    const run = async (options: FitOptions) => {
      const mean = new Mean();
      const { history } = await fit(mean, { train: data, validation: data }, options);
      return [mean.number, ...history.map((report) => report.trainLoss)];
    };
    const first = await run(quick);
    expect(await run(quick)).toEqual(first);
    expect(await run({ ...quick, key: Key.from(8) })).not.toEqual(first);
  });

  it('leaves no tensor behind, and makes none from epoch to epoch', async () => {
    const mean = new Mean();
    const counts = new Set<number>();
    await expectNoLeak(async () => {
      await fit(
        mean,
        { train: data, validation: data },
        {
          ...quick,
          clipNorm: 1,
          averageDecay: 0.9,
          epochs: 60,
          onEpoch: () => void counts.add(tf.memory().numTensors),
        },
      );
    });
    expect(counts.size).toBe(1);
  });
});

describe('an epoch', () => {
  it('weighs the losses of its batches by their rows', async () => {
    const mean = new Mean();
    const { history } = await fit(
      mean,
      { train: data },
      { ...quick, learningRate: 1e-30, epochs: 1 },
    );
    expect(history).toEqual(
      [{ epoch: 1, step: 3, trainLoss: 22.8, validationLoss: undefined }].map((report) => ({
        ...report,
        trainLoss: expect.closeTo(22.8, 5) as number,
      })),
    );
  });

  it('is seen by callbacks in order', async () => {
    const seen: string[] = [];
    await fit(
      new Mean(),
      { train: data },
      {
        ...quick,
        epochs: 2,
        onStep: ({ step, epoch }) => seen.push(`step ${step} of epoch ${epoch}`),
        onEpoch: async ({ epoch, step }) => {
          await Promise.resolve();
          seen.push(`epoch ${epoch} after step ${step}`);
        },
      },
    );
    expect(seen).toEqual([
      'step 1 of epoch 1',
      'step 2 of epoch 1',
      'step 3 of epoch 1',
      'epoch 1 after step 3',
      'step 4 of epoch 2',
      'step 5 of epoch 2',
      'step 6 of epoch 2',
      'epoch 2 after step 6',
    ]);
  });
});

describe('a learner', () => {
  it('is prepared once, with the first batch, and told of the end of each epoch', async () => {
    class Told extends Mean {
      prepare(batch: Batch) {
        this.told.push(`prepare ${batch.x.shape.join('x')}`);
      }
      endOfEpoch(report: EpochReport) {
        this.told.push(`epoch ${report.epoch}`);
      }
      override loss(batch: Batch, key: Key) {
        this.told.push('loss');
        return super.loss(batch, key);
      }
      readonly told: string[] = [];
    }
    const learner = new Told();
    // Run as it is: a recorded loss is told of no more than the recording.
    await fit(learner, { train: data }, { ...quick, batchSize: 5, epochs: 2, compile: false });
    expect(learner.told).toEqual(['prepare 5x1', 'loss', 'epoch 1', 'loss', 'epoch 2']);
  });

  it('gets another key at every step', async () => {
    const draws = new Set<number>();
    class Noisy extends Mean {
      override loss(batch: Batch, key: Key) {
        draws.add(tf.tidy(() => key.uniform([]).dataSync()[0]!));
        return super.loss(batch, key);
      }
    }
    await fit(new Noisy(), { train: data }, { ...quick, compile: false });
    expect(draws.size).toBe(90);
  });

  it('must return a scalar', async () => {
    class Vector extends Mean {
      override loss({ x }: Batch) {
        return tf.sub(x, this.value);
      }
    }
    await expect(fit(new Vector(), { train: data }, quick)).rejects.toThrow(ShapeError);
  });
});

describe('a loss that is no longer finite', () => {
  class Breaking extends Mean {
    steps = 0;
    constructor(readonly how: number) {
      super();
    }
    override loss(batch: Batch, key: Key) {
      this.steps += 1;
      return tf.tidy(() => tf.add(super.loss(batch, key), this.steps === 8 ? this.how : 0));
    }
  }

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d stops the run and is named', async (how) => {
    const learner = new Breaking(how);
    const atEnd: number[] = [];
    const error = await fit(
      learner,
      { train: data },
      {
        ...quick,
        compile: false,
        onEpoch: () => void atEnd.push(learner.number),
      },
    ).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(TrainingError);
    expect((error as Error).message).toContain(
      `the loss is ${how} at step 8, in epoch 3; it must be finite. The learner holds the weights of epoch 2`,
    );
    expect(learner.number).toBe(atEnd[1]);
  });

  it('stops when only the last update spoilt the weights', async () => {
    class Infinite extends Mean {
      override loss({ x }: Batch) {
        // sqrt has an infinite slope at 0.
        return tf.tidy(() => tf.mean(tf.sqrt(tf.mul(tf.square(this.value), tf.mean(tf.abs(x))))));
      }
    }
    const learner = new Infinite();
    await expect(fit(learner, { train: data }, { ...quick, steps: 1 })).rejects.toThrow(
      /the update made value infinite or NaN at step 1.* weights of the start/,
    );
    expect(learner.number).toBe(0);
  });
});

describe('stopping', () => {
  it('after a number of steps judges what there is', async () => {
    const { steps, stopReason, history } = await fit(
      new Mean(),
      { train: data },
      { ...quick, steps: 4 },
    );
    expect([steps, stopReason]).toEqual([4, 'steps']);
    expect(history.map((report) => report.step)).toEqual([3, 4]);
  });

  it('by the signal keeps what was learnt', async () => {
    const controller = new AbortController();
    const mean = new Mean();
    const { stopReason, steps } = await fit(
      mean,
      { train: data },
      {
        ...quick,
        signal: controller.signal,
        onEpoch: ({ epoch }) => {
          if (epoch === 3) controller.abort();
        },
      },
    );
    expect([stopReason, steps]).toEqual(['aborted', 9]);
    expect(mean.number).not.toBe(0);
  });

  it('lets timers run while it trains', async () => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 150);
    const { stopReason } = await fit(
      new Mean(),
      { train: data },
      {
        ...quick,
        epochs: 1e6,
        signal: controller.signal,
      },
    );
    expect(stopReason).toBe('aborted');
  });
});
