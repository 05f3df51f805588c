import { digits } from '@pushforward/datasets';
import { Key, useEngine } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import { beforeAll, expect, test } from 'vitest';
import { drawnOnce, redrawn } from './blackAndWhite.js';

beforeAll(() => useEngine());

const grey = digits().slice(0, 400);
const mean = (numbers: ArrayLike<number>) =>
  Array.from(numbers).reduce((sum, value) => sum + value, 0) / numbers.length;

/** Of the mean of all pixels, each of which has a standard deviation of at most a half. */
const error = 0.5 / Math.sqrt(grey.x.length);

test('pixels are black as often as their grey says, and images keep their class', async () => {
  const drawn = await drawnOnce(Key.from(1), grey, 16);
  expect(new Set(drawn.x)).toEqual(new Set([0, 1]));
  expect(Math.abs(mean(drawn.x) - mean(grey.x) / 16)).toBeLessThan(4 * error);
  grey.x.forEach((level, i) => {
    if (level === 0 || level === 16) expect(drawn.x[i]).toBe(level / 16);
  });
  expect(drawn.labels).toEqual(grey.labels);
});

test('an epoch has so many images, other ones and otherwise drawn the next time', async () => {
  await expectNoLeak(async () => {
    const epochs: number[][] = [];
    for (const seed of [1, 1, 2]) {
      const pixels: number[] = [];
      for (const { x } of redrawn(grey, 16, 100).batches(Key.from(seed), 30)) {
        pixels.push(...(await x.data()));
        x.dispose();
      }
      epochs.push(pixels);
    }
    expect(epochs[0]).toHaveLength(100 * 64);
    expect(epochs[1]).toEqual(epochs[0]);
    expect(epochs[2]).not.toEqual(epochs[0]);
  });
});
