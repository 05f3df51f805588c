/** The experiments of UMNN at sizes that show that they run, not what they claim. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { digits, iris } from '@pushforward/datasets';
import { Key, useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test, vi } from 'vitest';
import { bitsOf, onLine } from '../studies/images.js';
import { powerHourly } from '../studies/powerHourly.js';
import { quietRun as run } from '../testing/quietRun.js';
import { densityOf } from './umnnDensity.js';
import { imagesOf } from './umnnMnist.js';
import { toysOf } from './umnnToys.js';

beforeAll(() => useEngine('wasm'));

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

test('umnn-density', async () => {
  const { rows, pictures } = await densityOf(run, [
    {
      name: 'POWER by the hour',
      data: (key) => Promise.resolve(iris().partition(key, { validation: 0.2, test: 0.2 })),
      ...{ options: { transforms: 1, hidden: [8] }, umnn },
      recipe: { epochs: 1, batchSize: 32, learningRate: 1e-3 },
    },
  ]);
  expect(rows.map(({ published }) => published)).toEqual([-0.63, -0.24, null]);
  expect(rows.every(({ comparable }) => !comparable)).toBe(true);
  expect(Object.keys(pictures)).toEqual(['umnn-density-power.svg']);
});

test('umnn-mnist, with images of 8 x 8', async () => {
  const data = digits().partition(Key.from(2), { validation: 0.1, test: 0.1 });
  const { checks, pictures } = await imagesOf(
    run,
    {
      ...{ train: 64, validation: 20, test: 20, epochs: 2, batchSize: 32, hidden: [64], umnn },
      ...{ stepsOfTest: 6, samples: 1 },
    },
    data,
  );
  expect(checks[1]).toMatchObject({ holds: true });
  expect(Object.keys(pictures)).toEqual(['umnn-mnist.svg', 'umnn-mnist-curve.svg']);
});

test('bits per pixel are those of the law of pixels', () => {
  const { test: images } = digits().partition(Key.from(2), { validation: 0.1, test: 0.1 });
  const line = onLine(images.slice(0, 5), Key.from(3));
  // log p on the line of noisy pixels that are uniform on [0, 256), which take 8 bits each.
  const uniform = Array.from(line.logDets, (logDet) => -64 * Math.log(256) - logDet);
  for (const bits of bitsOf(line, uniform)) expect(bits).toBeCloseTo(8, 5);
});

const folder =
  process.env.PUSHFORWARD_DATA ?? resolve(import.meta.dirname, '../../../../../shared/data');
const hasPower = existsSync(`${folder}/power-hourly`);
const absent = `: ${folder} holds no power-hourly; name its folder with PUSHFORWARD_DATA`;

test.skipIf(!hasPower)(`power by the hour${hasPower ? '' : absent}`, async () => {
  vi.stubEnv('PUSHFORWARD_DATA', folder);
  const { train, validation, test } = await powerHourly(Key.from(1));
  expect(train.length + validation.length + test.length).toBe(34_587);
  expect(train.columns[0]).toBe('hour');
  // The mean hour is about twelve, noise included, so that what is standardised has its ends at about sqrt(3).
  const hours = Array.from({ length: train.length }, (_, i) => train.x[6 * i]!);
  expect(Math.max(...hours)).toBeCloseTo(Math.sqrt(3), 1);
  vi.stubEnv('PUSHFORWARD_DATA', '');
  await expect(powerHourly(Key.from(1))).rejects.toThrow('PUSHFORWARD_DATA');
  vi.unstubAllEnvs();
});
