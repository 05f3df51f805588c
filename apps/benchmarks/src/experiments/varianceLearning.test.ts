/** Variances that are learned and fixed, at a size that shows that it runs, not what it claims. */
import { useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import { quietRun } from '../testing/quietRun.js';
import { variancesOf } from './varianceLearning.js';

beforeAll(() => useEngine('wasm'));

const training = { rows: 200, epochs: 2, batchSize: 100, learningRate: 1e-3, hidden: [8] };

test('variance-learning', async () => {
  const { rows, checks, pictures } = await variancesOf(quietRun, {
    fixed: [0.1, 0.3, 1],
    training,
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(40).fill(true));
  expect(rows.filter(({ published }) => published !== null)).toHaveLength(4);
  expect(rows.some(({ comparable }) => comparable)).toBe(false);
  expect(checks).toHaveLength(7);
  expect(Object.keys(pictures)).toHaveLength(6);
});
