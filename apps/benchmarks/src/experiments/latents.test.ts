/** The experiments of variational auto-encoders at sizes that show that they run, not what they claim. */
import { Key, useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import { bestRadius, freeMeans, thresholdOf } from '../studies/sphere.js';
import type { Run } from './experiment.js';
import { spheresOf } from './hypersphereThreshold.js';

beforeAll(() => useEngine('wasm'));

const silent = () => undefined;
const run: Run = {
  scale: 'quick',
  key: Key.from(1),
  control: {
    signal: new AbortController().signal,
    progress: () => ({ start: silent, step: silent, epoch: silent, end: silent }),
  },
  say: silent,
};

test('hypersphere-threshold', async () => {
  const { rows, checks, pictures } = await spheresOf(run, {
    ...{ dimensions: [2], ratios: [0.7, 2], epochs: 1, rows: 128, hidden: [8], steps: 200 },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(7).fill(true));
  // What is computed, and not learned, holds at any size.
  expect(checks.slice(0, 3).map(({ holds }) => holds)).toEqual([true, true, true]);
  expect(Object.keys(pictures)).toEqual(['hypersphere-threshold.svg']);
});

test('a sphere is seen from R / sigma = sqrt(D) on, at the radius that the published table has', async () => {
  for (const dimension of [2, 3, 10, 50])
    expect(thresholdOf(dimension)).toBeCloseTo(Math.sqrt(dimension), 4);
  expect(bestRadius(3, 0.4)).toBeCloseTo(0.8001, 3);
  for (const radius of await freeMeans(Key.from(2), 0.5, 300))
    expect(radius).toBeCloseTo(0.8315, 3);
});
