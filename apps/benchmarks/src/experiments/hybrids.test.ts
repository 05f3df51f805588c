/** The experiments of hybrid models at sizes that show that they run, not what they claim. */
import { useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import { quietRun } from '../testing/quietRun.js';
import { otherDiffusion, substancesOf } from './hybridDiffusion.js';
import { pendulumOf } from './hybridOnefit.js';
import { pendulumsOf, slower } from './hybridPendulum.js';
import { circuitsOf } from './hybridRlc.js';
import { bothOf } from './hybridZaShift.js';

beforeAll(() => useEngine('wasm'));

const recipe = { epochs: 1, batchSize: 8, learningRate: 1e-3 };
const networks = { memory: 4, head: [4], remainder: [4], filter: [4] };
const tiny = {
  ...{ train: 8, validation: 4, test: 4, seen: 3, forecast: 4, recipe, fineTuning: recipe },
};

test('hybrid-pendulum', async () => {
  const size = { networks, studies: { aphynity: tiny, hvae: tiny } };
  const { rows, checks, pictures } = await pendulumsOf(quietRun, size, slower);
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(16).fill(true));
  expect(rows.slice(0, 4).map(({ published }) => published)).toEqual([6, 6, 66, 10]);
  expect(checks).toHaveLength(6);
  expect(Object.keys(pictures)).toEqual([
    'hybrid-pendulum.svg',
    'hybrid-pendulum-aphynity.svg',
    'hybrid-pendulum-hvae.svg',
  ]);
});

test('hybrid-rlc', async () => {
  const size = { networks, studies: { aphynity: tiny, hvae: tiny } };
  const { rows, checks, pictures } = await circuitsOf(quietRun, size);
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(16).fill(true));
  const published = [6, 7, 17, 5, 38, 28, 25, 12];
  expect(rows.slice(0, 8).map(({ published }) => published)).toEqual(published);
  expect(checks).toHaveLength(6);
  expect(Object.keys(pictures)).toContain('hybrid-rlc-hvae.svg');
});

const fields = {
  cells: 4,
  networks: { channels: [3], head: [4], remainder: [4], filter: [4] },
};

test('hybrid-diffusion', async () => {
  const size = { ...fields, studies: { aphynity: tiny, hvae: tiny } };
  const { rows, checks, pictures } = await substancesOf(quietRun, size, otherDiffusion);
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(16).fill(true));
  expect(rows.slice(0, 8).map(({ published }) => published)).toEqual([2, 2, 27, 3, 2, 2, 32, 2]);
  expect(checks).toHaveLength(6);
  expect(Object.keys(pictures)).toContain('hybrid-diffusion-hvae.svg');
});

test('hybrid-za-shift', async () => {
  const studies = { aphynity: tiny };
  const { rows, checks, pictures } = await bothOf(quietRun, {
    pendulums: { networks, studies },
    substances: { ...fields, studies },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(16).fill(true));
  expect(rows.map(({ published }) => published)).toEqual(Array(16).fill(null));
  expect(new Set(rows.map(({ label, metric }) => `${label} ${metric}`)).size).toBe(16);
  expect(checks).toHaveLength(6);
  expect(Object.keys(pictures)).toEqual([
    'hybrid-za-shift-pendulums.svg',
    'hybrid-za-shift-pendulums-aphynity.svg',
    'hybrid-za-shift-substances.svg',
    'hybrid-za-shift-substances-aphynity.svg',
  ]);
});

test('hybrid-onefit', async () => {
  const { rows, checks, pictures } = await pendulumOf(quietRun, {
    ...{ seen: 11, piece: 3, stride: 4, hidden: [4], recipe },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual([true, true]);
  expect(checks).toHaveLength(2);
  expect(Object.keys(pictures)).toEqual(['hybrid-onefit.svg']);
});
