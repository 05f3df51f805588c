import { DataError, DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  energyDistance,
  frechetDistance,
  maximumMeanDiscrepancy,
  slicedWasserstein,
} from './index.js';

const [a, b, forDirections] = Key.from(1).split(3);
const distances = {
  maximumMeanDiscrepancy,
  energyDistance,
  frechetDistance,
  slicedWasserstein: (x: tf.Tensor, y: tf.Tensor) => slicedWasserstein(forDirections, x, y),
};

describe.each(Object.entries(distances))('%s', (_name, distance) => {
  it('is small for equal laws and grows with the shift between others', async () => {
    const x = a.normal([200, 2]);
    const y = b.normal([200, 2]);
    const [none, half, one] = await Promise.all(
      [0, 0.5, 1].map((shift) => distance(x, tf.add(y, shift))),
    );
    expect(Math.abs(none!)).toBeLessThan(0.5 * half!);
    expect(half).toBeLessThan(one!);
  });

  it('does not care which sample comes first', async () => {
    const x = a.normal([30, 3]);
    const y = tf.mul(2, b.normal([30, 3]));
    expect(await distance(x, y)).toBeAllClose(await distance(y, x), { rel: 1e-12 });
  });

  it('refuses samples that do not fit', async () => {
    await expect(distance(tf.zeros([5, 2]), tf.zeros([5, 3]))).rejects.toThrow(ShapeError);
    await expect(distance(tf.zeros([5]), tf.zeros([5]))).rejects.toThrow(ShapeError);
    await expect(distance(tf.zeros([1, 2]), tf.zeros([1, 2]))).rejects.toThrow(DataError);
  });

  it('leaves no tensor behind', async () => {
    const x = a.normal([10, 2]);
    const y = b.normal([10, 2]);
    await expectNoLeak(() => distance(x, y).then(() => undefined));
  });
});

describe('maximumMeanDiscrepancy', () => {
  it('has no bias: it averages to 0 for equal laws', async () => {
    const values = await Promise.all(
      Key.from(2)
        .split(200)
        .map((key) => {
          const [first, second] = key.split(2);
          return maximumMeanDiscrepancy(first.normal([10, 1]), second.normal([10, 1]), {
            bandwidth: 1,
          });
        }),
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / 200;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 200;
    // 6.11 standard deviations: a false alarm in 1e9.
    expect(Math.abs(mean)).toBeLessThan(6.11 * Math.sqrt(variance / 200));
  });

  it('needs a bandwidth', async () => {
    const x = tf.zeros([5, 1]);
    await expect(maximumMeanDiscrepancy(x, x)).rejects.toThrow('bandwidth');
    await expect(maximumMeanDiscrepancy(x, x, { bandwidth: -1 })).rejects.toThrow(DomainError);
    await expect(maximumMeanDiscrepancy(x, x, { width: 1 } as object)).rejects.toThrow(OptionError);
  });
});

describe('slicedWasserstein', () => {
  it('is the length of a shift, averaged over directions', async () => {
    const x = a.normal([50, 2]);
    const y = tf.add(x, [3, 4]);
    // E cos^2 = 1/2 and E |cos| = 2 / pi over the circle; with 4000 directions to a percent or two.
    const options = { directions: 4000 };
    expect(await slicedWasserstein(forDirections, x, y, options)).toBeAllClose(5 / Math.SQRT2, {
      rel: 0.04,
    });
    expect(await slicedWasserstein(forDirections, x, y, { ...options, order: 1 })).toBeAllClose(
      10 / Math.PI,
      { rel: 0.04 },
    );
  });

  it('refuses samples of different sizes and unknown options', async () => {
    const key = forDirections;
    const x = tf.zeros([3, 1]);
    await expect(slicedWasserstein(key, x, tf.zeros([4, 1]))).rejects.toThrow(
      'samples must be of one size, got 3 and 4 rows',
    );
    await expect(slicedWasserstein(key, x, x, { directions: 0 })).rejects.toThrow(DomainError);
    await expect(slicedWasserstein(key, x, x, { order: 3 as 2 })).rejects.toThrow(OptionError);
  });
});

describe('frechetDistance', () => {
  it('is that of the normal laws in closed form where the covariances commute', async () => {
    // Columns of +-s have mean 0 and, of 4 rows, variance 4/3 s^2.
    const signs = tf.tensor2d([
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ]);
    const x = tf.mul(signs, [3, 0.5]);
    const y = tf.add(tf.mul(signs, [1, 2]), [5, -1]);
    const expected = 5 ** 2 + 1 + (4 / 3) * ((3 - 1) ** 2 + (0.5 - 2) ** 2);
    expect(await frechetDistance(x, y)).toBeCloseTo(expected, 10);
  });

  it('takes fewer rows than numbers, whose covariance is singular', async () => {
    const x = a.normal([5, 20]);
    expect(await frechetDistance(x, x)).toBeCloseTo(0, 10);
    expect(await frechetDistance(x, tf.add(x, 2))).toBeCloseTo(20 * 4, 4);
  });
});
