import { type Batch, Module, parameter, type Tensor, TrainingError } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { key, Mean, rows } from '../test/mean.js';
import { type FitOptions, fit } from './index.js';

describe('validation', () => {
  // Trained towards 4 from 0, judged at 1: the validation loss falls, then rises.
  const splits = { train: rows([4, 4, 4, 4]), validation: rows([1, 1]) };
  const options: FitOptions = { key, epochs: 100, learningRate: 0.1 };

  it('keeps the best weights', async () => {
    const mean = new Mean();
    const { history, bestEpoch } = await fit(mean, splits, options);
    const losses = history.map((report) => report.validationLoss!);
    expect(bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect((mean.number - 1) ** 2).toBeCloseTo(Math.min(...losses), 6);
    expect(history).toHaveLength(100);
  });

  it('stops when patience is at its end', async () => {
    const mean = new Mean();
    const { history, bestEpoch, stopReason } = await fit(mean, splits, { ...options, patience: 5 });
    expect(stopReason).toBe('patience');
    expect(history).toHaveLength(bestEpoch! + 5);
    expect(mean.number).toBeCloseTo(1, 0);
  });

  it('can be watched without keeping the best weights', async () => {
    const mean = new Mean();
    await fit(mean, splits, { ...options, keepBest: false });
    expect(mean.number).toBeCloseTo(4, 1);
  });

  it('is the mean over rows, whatever the batches', async () => {
    const mean = new Mean();
    const numbers = [0, 3, 9];
    const { history } = await fit(
      mean,
      { train: rows([1, 2]), validation: rows(numbers) },
      { ...options, epochs: 1, batchSize: 2 },
    );
    const squares = numbers.map((x) => (x - mean.number) ** 2);
    const expected = squares.reduce((sum, square) => sum + square, 0) / 3;
    expect(history[0]!.validationLoss).toBeCloseTo(expected, 4);
  });

  it('keeps the first of equals, and waits from there', async () => {
    // Rows of 0 are judged the same by any slope.
    const slope = new Slope();
    const { bestEpoch, stopReason, history } = await fit(
      slope,
      { train: rows([1]), validation: rows([0]) },
      { ...options, patience: 3 },
    );
    expect([bestEpoch, stopReason, history.length]).toEqual([1, 'patience', 4]);
    // One step of Adam from 0.
    expect(slope.value.dataSync()[0]).toBeCloseTo(-0.1, 5);
  });

  it.each([
    ['NaN', -1],
    ['-Infinity', 0],
  ])('stops at a loss of %s', async (loss, row) => {
    const run = fit(new Logarithm(), { train: rows([2, 3]), validation: rows([row]) }, options);
    await expect(run).rejects.toThrow(TrainingError);
    await expect(run).rejects.toThrow(`the validation loss is ${loss} at step 1, in epoch 1`);
  });

  it('judges the averaged weights, which are then what the learner holds', async () => {
    const raw: number[] = [];
    const mean = new Mean();
    const { history } = await fit(
      mean,
      { train: splits.train, validation: splits.train },
      {
        ...options,
        epochs: 5,
        averageDecay: 0.5,
        keepBest: false,
        onEpoch: () => void raw.push(mean.number),
      },
    );
    const weights = [1, 2, 4, 8, 16];
    const average = raw.reduce((sum, value, i) => sum + weights[i]! * value, 0) / 31;
    expect(mean.number).toBeCloseTo(average, 5);
    expect(history.at(-1)!.validationLoss).toBeCloseTo((average - 4) ** 2, 4);
  });
});

/** A loss that is linear in its rows. */
class Slope extends Module {
  readonly value = tf.tidy(() => parameter(tf.scalar(0)));

  loss({ x }: Batch): Tensor {
    return tf.tidy(() => tf.mean(tf.mul(this.value, x)));
  }
}

/** A loss that only positive rows have. */
class Logarithm extends Slope {
  override loss({ x }: Batch): Tensor {
    return tf.tidy(() => tf.mean(tf.add(tf.log(x), tf.square(this.value))));
  }
}
