/** The experiments of UMNN at sizes that show that they run, not what they claim. */
import { Key, useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import type { Run } from './experiment.js';
import { toysOf } from './umnnToys.js';

beforeAll(() => useEngine('wasm'));

const silent = () => undefined;
const run: Run = {
  scale: 'quick',
  key: Key.from(1),
  control: {
    signal: new AbortController().signal,
    progress: () => ({ start: silent, step: silent, epoch: silent, end: silent }),
  },
  say: () => undefined,
};

const umnn = { embedding: 4, hidden: [8], steps: 4 };

test('umnn-toys', async () => {
  const { rows, checks, pictures } = await toysOf(run, {
    ...{ laws: ['circles'], train: 200, test: 100, epochs: 1, hidden: [8], umnn, across: 10 },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(6).fill(true));
  // Of what one pass over 180 points has taught, nothing but inversion is asked.
  expect(checks[1]).toMatchObject({ holds: true });
  expect(Object.keys(pictures)).toEqual(['umnn-toys.svg']);
});
