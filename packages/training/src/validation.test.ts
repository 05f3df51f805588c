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
