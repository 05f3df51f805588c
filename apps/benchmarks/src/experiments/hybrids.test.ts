/** The experiments of hybrid models at sizes that show that they run, not what they claim. */
import { useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import { quietRun } from '../testing/quietRun.js';
import { pendulumsOf } from './hybridPendulum.js';

beforeAll(() => useEngine('wasm'));

const recipe = { epochs: 1, batchSize: 8, learningRate: 1e-3 };
const networks = { memory: 4, head: [4], remainder: [4], filter: [4] };
const tiny = {
  ...{ train: 8, validation: 4, test: 4, seen: 4, forecast: 6, recipe, fineTuning: recipe },
};

test('hybrid-pendulum', async () => {
  const { rows, checks, pictures } = await pendulumsOf(quietRun, {
    ...{ networks, studies: { aphynity: tiny, hvae: tiny } },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(16).fill(true));
  expect(rows.slice(0, 4).map(({ published }) => published)).toEqual([6, 6, 66, 10]);
  expect(checks).toHaveLength(6);
  expect(Object.keys(pictures)).toEqual([
    'hybrid-pendulum.svg',
    'hybrid-pendulum-aphynity.svg',
    'hybrid-pendulum-hvae.svg',
  ]);
});
