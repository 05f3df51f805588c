import { DataError, Key, ShapeError } from '@pushforward/tensors';
import { dkwBound, expectNoLeak, kolmogorovSmirnov } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { henzeZirkler } from './index.js';

describe('henzeZirkler', () => {
  it('has p-values about uniform for normal rows', async () => {
    const mixing = tf.tensor2d([
      [2, 0],
      [-1.5, 0.3],
    ]);
    const pValues: number[] = [];
    for (const key of Key.from(1).split(400)) {
      const rows = tf.matMul(key.normal([60, 2]), mixing, false, true);
      pValues.push((await henzeZirkler(rows)).pValue);
    }
    // The log-normal law is an approximation, allowed 0.05; the rest is the bound for a false alarm in 1e9.
    expect(kolmogorovSmirnov(pValues, (p) => p)).toBeLessThan(0.05 + dkwBound(400));
    expect(pValues.filter((p) => p < 0.05).length / 400).toBeLessThan(0.12);
  });

  it('sees rows that are not normal', async () => {
    const [a, b] = Key.from(2).split(2);
    const ring = tf.mul(2 * Math.PI, a.uniform([300, 1]));
    const noise = tf.mul(0.1, b.normal([300, 2]));
    const rows = tf.add(tf.concat([tf.cos(ring), tf.sin(ring)], 1), noise);
    expect((await henzeZirkler(rows)).pValue).toBeLessThan(1e-6);
    const banana = tf.concat([a.normal([300, 1]), tf.square(a.normal([300, 1]))], 1);
    expect((await henzeZirkler(banana)).pValue).toBeLessThan(1e-6);
  });

  it('does not change under an affine map of the rows', async () => {
    const rows = Key.from(3).normal([50, 3]);
    const map = tf.tensor2d([
      [1, 2, 0],
      [0, 0.5, 4],
      [-3, 0, 8],
    ]);
    const { statistic } = await henzeZirkler(tf.add(tf.matMul(rows, map), [10, -20, 30]));
    expect(statistic).toBeAllClose((await henzeZirkler(rows)).statistic, { rel: 1e-4 });
  });

  it('refuses rows of which it cannot tell', async () => {
    const column = Key.from(4).normal([20, 1]);
    const singular = tf.concat([column, tf.mul(2, column)], 1);
    await expect(henzeZirkler(singular)).rejects.toThrow('singular');
    await expect(henzeZirkler(tf.zeros([1, 2]))).rejects.toThrow(DataError);
    await expect(henzeZirkler(tf.tensor2d([[1], [NaN]]))).rejects.toThrow('row 1, column 0');
    await expect(henzeZirkler(tf.zeros([20]))).rejects.toThrow(ShapeError);
  });

  it('leaves no tensor behind', async () => {
    const rows = Key.from(5).normal([20, 2]);
    await expectNoLeak(() => henzeZirkler(rows).then(() => undefined));
  });
});
