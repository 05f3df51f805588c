import { DataError, DomainError, OptionError } from '@pushforward/tensors';
import { describe, expect, it } from 'vitest';
import { data, key, Mean, rows } from '../test/mean.js';
import { fit, type TrainingData } from './index.js';

describe('options', () => {
  const tryOptions = (options: object, splits: object = { train: data }) =>
    fit(new Mean(), splits as { train: TrainingData }, { key, ...options });

  it.each([
    { epochs: 1.5 },
    { steps: -1 },
    { batchSize: 0 },
    { learningRate: 0 },
    { learningRate: Number.NaN },
    { clipNorm: 0 },
    { averageDecay: 1 },
  ])('out of range are named: %o', async (options) => {
    await expect(tryOptions(options)).rejects.toThrow(DomainError);
    await expect(tryOptions(options)).rejects.toThrow(
      new RegExp(
        `^fit: ${Object.keys(options)[0]!} must be .*, got ${String(Object.values(options)[0])}`,
      ),
    );
  });

  it.each([
    [{ learningrate: 1 }, "unknown option 'learningrate'"],
    [{ patience: 3 }, "'patience' needs a validation split"],
    [{ keepBest: true }, "'keepBest' needs a validation split"],
    [{ resume: true }, "'resume' needs a 'checkpoint'"],
    [{ checkpointSeconds: 1 }, "'checkpointSeconds' needs a 'checkpoint'"],
  ])('that are unknown or do not go together are named: %o', async (options, message) => {
    await expect(tryOptions(options)).rejects.toThrow(OptionError);
    await expect(tryOptions(options)).rejects.toThrow(message);
  });

  it('that are undefined are as if not given', async () => {
    const { steps } = await tryOptions({ epochs: 1, steps: undefined, batchSize: undefined });
    expect(steps).toBe(1);
  });

  it('without rows to learn from are an error of the data', async () => {
    await expect(tryOptions({}, { train: rows([]) })).rejects.toThrow(DataError);
    await expect(tryOptions({}, { train: data, test: data })).rejects.toThrow("option 'test'");
    const none = { length: 3, batches: () => [] };
    await expect(tryOptions({}, { train: none })).rejects.toThrow('gave no batch');
  });
});
