/** The experiments of diffusion models at sizes that show that they run, not what they claim. */
import { type Dataset, digits } from '@pushforward/datasets';
import { Key, useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import { quietRun } from '../testing/quietRun.js';
import { planesOf } from './ddpm2d.js';
import { drawnByClass } from './ddpmImages.js';
import { priorsOf } from './diffusionPrior.js';

let data: Dataset;

beforeAll(async () => {
  await useEngine('wasm');
  data = digits().partition(Key.from(1), { validation: 0.1, test: 0.25 });
});

const recipe = { epochs: 1, batchSize: 64, learningRate: 1e-3 };
const seeing = { channels: [4], features: 4, recipe };

test('ddpm-2d', async () => {
  const { rows, checks, pictures } = await planesOf(quietRun, {
    ...{ laws: ['twoMoons'], train: 256, test: 50, hidden: [8], steps: 20, recipe },
    ...{ drawn: 50, sets: 2, repeats: 1 },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(8).fill(true));
  // A bound stays one whatever was learned.
  expect(checks[1]).toMatchObject({ holds: true });
  expect(Object.keys(pictures)).toEqual(['ddpm-2d.svg']);
});

test('ddpm-digits', async () => {
  const { rows, checks, pictures } = await drawnByClass(
    quietRun,
    {
      ...{ black: 16, train: 128, validation: 64, reference: 64, steps: 10, walked: 3, recipe },
      ...{ network: { channels: [8], blocks: 1, attention: [] }, seeing, drawn: 60 },
    },
    data,
  );
  expect(rows).toHaveLength(9);
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(9).fill(true));
  expect(checks).toHaveLength(3);
  expect(Object.keys(pictures)).toHaveLength(3);
});

test('diffusion-prior', async () => {
  const { rows, checks, pictures } = await priorsOf(
    quietRun,
    {
      ...{ train: 128, validation: 64, reference: 64, latents: [3], channels: [4], sets: 2 },
      ...{ priors: { hidden: [8], components: 5, steps: 10 }, recipe, seeing },
    },
    data,
  );
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(13).fill(true));
  expect(checks).toHaveLength(4);
  expect(Object.keys(pictures)).toEqual(
    ['normal', 'flow', 'vamp', 'diffusion'].map((kind) => `diffusion-prior-digits-3-${kind}.svg`),
  );
});
