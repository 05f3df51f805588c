/** Experiments of variational auto-encoders on images at sizes that show that they run, not what they claim. */
import { digits } from '@pushforward/datasets';
import { Key, useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import { quietRun as run } from '../testing/quietRun.js';
import { digitsOf } from './conditionalVae.js';
import { iwaeOf } from './iwae.js';
import { anomaliesOf } from './typedAnomaly.js';

beforeAll(() => useEngine('wasm'));

const images = digits().partition(Key.from(2), { validation: 0.1, test: 0.1 });

test('iwae', async () => {
  const { rows, checks, pictures } = await iwaeOf(
    run,
    {
      ...{ black: 16, train: 200, validation: 50, test: 50, hidden: [8], latent: 2 },
      recipe: { epochs: 10, batchSize: 50, learningRate: 1e-2 },
      judged: [1, 5, 20],
    },
    images,
  );
  expect(rows).toHaveLength(3 * 4);
  expect(rows.every(({ published }) => published === null)).toBe(true);
  // More draws are better for whatever model, and the rest needs training.
  expect(checks[0]!.value).toBeGreaterThan(0);
  expect(Object.keys(pictures)).toEqual(['iwae.svg']);
});

test('typed-anomaly', async () => {
  const recipe = { epochs: 1, batchSize: 50, learningRate: 1e-3 };
  const networks = { hidden: [8], latent: 2, recipe };
  const { rows, checks, pictures } = await anomaliesOf(
    run,
    {
      sensors: { train: 100, test: 50, ...networks },
      images: { train: 100, test: 150, channels: [2], ...networks },
    },
    { MNIST: images, 'Fashion-MNIST': images },
  );
  expect(rows).toHaveLength(2 * 4 + 2 * 5);
  expect(rows.filter(({ published }) => published !== null).map(({ label }) => label)).toEqual([
    'MNIST, classifier',
    'Fashion-MNIST, classifier',
  ]);
  expect(checks).toHaveLength(2 + 2 * 2);
  expect(Object.keys(pictures)).toEqual([
    'typed-anomaly.svg',
    'typed-anomaly-mnist.svg',
    'typed-anomaly-fashion-mnist.svg',
  ]);
});

test('conditional-vae', async () => {
  const { rows, checks, pictures } = await digitsOf(
    run,
    {
      ...{ black: 16, train: 200, test: 60, hidden: [8], latent: 2, channels: [2] },
      recipe: { epochs: 1, batchSize: 50, learningRate: 1e-3 },
    },
    images,
  );
  expect(rows).toHaveLength(3 + 2 * 2);
  expect(checks).toHaveLength(3);
  expect(Object.keys(pictures)).toEqual([
    'conditional-vae.svg',
    'conditional-vae-redrawn.svg',
    'conditional-vae-ink.svg',
    'conditional-vae-slant.svg',
  ]);
});
