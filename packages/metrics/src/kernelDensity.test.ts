import { Mixture, MultivariateNormal } from '@pushforward/distributions';
import { DataError, DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import {
  dkwBound,
  expectNoLeak,
  integrate1d,
  integrate2d,
  kolmogorovSmirnov,
  onEachEngine,
  valuesOf,
} from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { fitGaussian, kernelDensity, meanLogLikelihood } from './index.js';

describe('kernelDensity', () => {
  onEachEngine(() => {
    it('has mass 1', async () => {
      const one = await kernelDensity(Key.from(1).normal([40, 1]), { bandwidth: 0.2 });
      expect(integrate1d((x) => tf.exp(one.logProb(x)))).toBeAllClose(1, { abs: 3e-4 });
      const two = await kernelDensity(Key.from(2).normal([40, 2]));
      const search = { samples: two.sample(Key.from(3), [100]) };
      expect(integrate2d((x) => tf.exp(two.logProb(x)), search)).toBeAllClose(1, { abs: 3e-4 });
    });

    it('draws from its own density', async () => {
      const law = await kernelDensity(tf.tensor2d([[-3], [-2.5], [1], [4]]), { bandwidth: 0.1 });
      const n = 5000;
      const x = valuesOf(law.sample(Key.from(3), [n])).sort((a, b) => a - b);
      // The distribution function by summing the density up to each draw.
      const grid = Array.from({ length: 4001 }, (_, i) => -8 + i * 0.004);
      const density = valuesOf(tf.exp(law.logProb(tf.tensor2d(grid, [grid.length, 1]))));
      let sum = 0;
      const cumulative = density.map((value) => {
        sum += 0.004 * value;
        return sum - 0.002 * value;
      });
      const cdf = (value: number) => cumulative[Math.round((value + 8) / 0.004)]!;
      // 0.004 for the grid; the bound has a false alarm in 1e9.
      expect(kolmogorovSmirnov(x, cdf)).toBeLessThan(dkwBound(n) + 0.004);
      expect(law.sample(Key.from(4), [2, 3]).shape).toEqual([2, 3, 1]);
      expect(law.sample(Key.from(4)).shape).toEqual([1]);
    });

    it('draws with the covariance of the rows, widened by the kernels', async () => {
      // Columns that depend on each other, of sizes 1 and 3.
      const rows = Array.from({ length: 60 }, (_, i) => [
        Math.sin(i),
        2 * Math.sin(i) + Math.cos(i),
      ]);
      const law = await kernelDensity(tf.tensor2d(rows), { bandwidth: 0.5 });
      const moments = (values: number[][], i: number, j: number) => {
        const mean = (k: number) => values.reduce((sum, row) => sum + row[k]!, 0) / values.length;
        const [a, b] = [mean(i), mean(j)];
        return values.map((row) => (row[i]! - a) * (row[j]! - b));
      };
      const average = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
      const draws = law.sample(Key.from(5), [20_000]).arraySync() as number[][];
      for (const [i, j] of [
        [0, 0],
        [0, 1],
        [1, 1],
      ] as const) {
        const products = moments(draws, i, j);
        const mean = average(products);
        const error = Math.sqrt(average(products.map((x) => (x - mean) ** 2)) / draws.length);
        // Of the rows divided by N, of the kernels by N - 1; 6.2 standard errors are exceeded once in 10^9.
        const expected = average(moments(rows, i, j)) * (1 + (0.5 ** 2 * 60) / 59);
        expect(Math.abs(mean - expected) / error).toBeLessThan(6.2);
      }
    });

    it('gives in blocks what it gives at once', async () => {
      // 1100 rows by 1100 do not fit one block of 2^20 distances.
      const rows = Key.from(5).normal([1100, 1]);
      const law = await kernelDensity(rows);
      const some = tf.gather(rows, tf.tensor1d([0, 500, 1099], 'int32'));
      const all = law.logProb(rows);
      expect(tf.gather(all, tf.tensor1d([0, 500, 1099], 'int32'))).toBeAllClose(law.logProb(some), {
        abs: 1e-5,
      });
      expect(law.logProb(tf.reshape(some, [3, 1, 1])).shape).toEqual([3, 1]);
    });

    it('is a mixture of normal laws about the rows', async () => {
      for (const size of [2, 20]) {
        const rows = tf.mul(Key.from(10).normal([40, size]), tf.linspace(1, 5, size));
        const law = await kernelDensity(rows, { bandwidth: 0.5 });
        // The covariance of kernels is h^2 times that of the rows, divided by N - 1 in place of N.
        const { scaleTril } = await fitGaussian(rows);
        const scale = 0.5 * Math.sqrt(40 / 39);
        const kernels = new MultivariateNormal(rows, tf.mul(scaleTril as tf.Tensor, scale));
        const mixture = new Mixture(tf.zeros([40]), kernels);
        const x = tf.mul(3, Key.from(11).normal([10, size]));
        expect(law.logProb(x)).toBeAllClose(mixture.logProb(x), { abs: 1e-4, rel: 1e-5 });
      }
    });

    it('resolves narrow kernels', async () => {
      const rows = [0.5, 0.501, 2, 3.25];
      const law = await kernelDensity(tf.tensor2d(rows, [4, 1]), { bandwidth: 1e-3 });
      const mean = rows.reduce((sum, x) => sum + x, 0) / 4;
      const h = 1e-3 * Math.sqrt(rows.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3);
      const x = [0.5, 0.5006, 2.001, 3.2475];
      const expected = x.map((x) => {
        const sum = rows.reduce((sum, row) => sum + Math.exp(-0.5 * ((x - row) / h) ** 2), 0);
        return Math.log(sum / 4 / h / Math.sqrt(2 * Math.PI));
      });
      // float32 holds numbers near 2 to 1e-7, a ten-thousandth of a kernel.
      expect(law.logProb(tf.tensor2d(x, [4, 1]))).toBeAllClose(expected, { abs: 2e-3 });
    });

    it('has the gradient of its density', async () => {
      const law = await kernelDensity(tf.tensor2d([[0], [2]]), { bandwidth: 0.5 });
      // Two kernels of standard deviation 0.5 sqrt(2) about 0 and 2: at x the score is that of their mixture.
      const variance = 0.5;
      const score = (x: number) => {
        const [a, b] = [0, 2].map((c) => Math.exp(-((x - c) ** 2) / (2 * variance)));
        return (-x * a! - (x - 2) * b!) / variance / (a! + b!);
      };
      const x = [-1, 0.3, 1, 5];
      const got = tf.grad((x) => tf.sum(law.logProb(x)))(tf.tensor2d(x, [4, 1]));
      expect(tf.reshape(got, [4])).toBeAllClose(x.map(score), { abs: 1e-5, rel: 1e-5 });
    });

    it('chooses the bandwidth that held-out rows prefer', async () => {
      // Two narrow peaks: the rules for normal data smear them out.
      const peaks = (key: Key) => {
        const [side, noise] = key.split(2);
        const centre = tf.mul(4, tf.sub(side.bernoulli(0.5, [250, 1]), 0.5));
        return tf.add(centre, tf.mul(0.1, noise.normal([250, 1])));
      };
      const [forTraining, forTest] = Key.from(6).split(2);
      const train = peaks(forTraining);
      const test = peaks(forTest);
      const chosen = await kernelDensity(train, { bandwidth: 'leave-one-out' });
      const { mean: best } = await meanLogLikelihood(chosen, test);
      const scott = await kernelDensity(train, { bandwidth: 'scott' });
      expect(best).toBeGreaterThan((await meanLogLikelihood(scott, test)).mean + 0.5);
      for (const factor of [0.25, 4]) {
        const other = await kernelDensity(train, { bandwidth: factor * chosen.bandwidth });
        expect(best).toBeGreaterThan((await meanLogLikelihood(other, test)).mean);
      }
    });

    it.each([1, 2, 3])('is the best of its neighbours by the definition, D = %i', async (size) => {
      const x = Key.from(12).normal([30, size]);
      const n = x.shape[0];
      const { scaleTril } = await fitGaussian(x);
      const [rows, L] = [x.arraySync() as number[][], (scaleTril as tf.Tensor).arraySync()] as [
        number[][],
        number[][],
      ];
      /** |L^-1 (a - b)|^2, by substitution, with the covariance divided by n - 1. */
      const squared = (a: number[], b: number[]) => {
        const z: number[] = [];
        for (const [i, row] of L.entries())
          z.push(z.reduce((rest, value, j) => rest - row[j]! * value, a[i]! - b[i]!) / row[i]!);
        return (z.reduce((sum, value) => sum + value ** 2, 0) * (n - 1)) / n;
      };
      const likelihood = (h: number) =>
        rows.reduce((total, row, i) => {
          const others = rows.filter((_, j) => j !== i);
          const sum = others.reduce((sum, it) => sum + Math.exp(-squared(row, it) / 2 / h ** 2), 0);
          return total + Math.log(sum) - size * Math.log(h);
        }, 0);
      const { bandwidth } = await kernelDensity(x, { bandwidth: 'leave-one-out' });
      for (const factor of [2 ** -0.25, 2 ** 0.25])
        expect(likelihood(bandwidth)).toBeGreaterThan(likelihood(factor * bandwidth));
    });

    it('takes a singular covariance', async () => {
      const column = Key.from(7).normal([50, 1]);
      const law = await kernelDensity(tf.concat([column, column], 1));
      expect(valuesOf(law.logProb(law.sample(Key.from(8), [20]))).every(Number.isFinite)).toBe(
        true,
      );
    });
  });

  it('refuses what gives no density', async () => {
    const rows = tf.tensor2d([[0], [1], [3]]);
    for (const bandwidth of [0, -1, NaN, Infinity])
      await expect(kernelDensity(rows, { bandwidth })).rejects.toThrow(DomainError);
    const misspelt = { bandwidth: 'scot' as 'scott' };
    await expect(kernelDensity(rows, misspelt)).rejects.toThrow(OptionError);
    await expect(kernelDensity(rows, { width: 1 } as object)).rejects.toThrow(OptionError);
    await expect(kernelDensity(tf.ones([5, 1]))).rejects.toThrow('all rows are equal');
    const repeated = tf.tensor2d([[0], [0], [1], [1], [2], [2]]);
    await expect(kernelDensity(repeated, { bandwidth: 'leave-one-out' })).rejects.toThrow(
      'rows repeat',
    );
    await expect(kernelDensity(tf.zeros([4]))).rejects.toThrow(ShapeError);
    await expect(kernelDensity(tf.tensor2d([[0], [NaN]]))).rejects.toThrow(DataError);
    const law = await kernelDensity(rows);
    expect(() => law.logProb(tf.zeros([2, 3]))).toThrow(ShapeError);
    expect(() => law.sample(Key.from(1), [], tf.zeros([1, 1]))).toThrow(ShapeError);
  });

  it('owns its tensors and leaves no other behind', async () => {
    const rows = Key.from(9).normal([20, 2]);
    await expectNoLeak(async () => {
      const law = await kernelDensity(rows, { bandwidth: 'leave-one-out' });
      expectNoLeak(() => law.sampleAndLogProb(Key.from(1), [5]));
      law.dispose();
    });
    const repeated = tf.tensor2d([[0], [0], [1], [1]]);
    await expectNoLeak(() =>
      kernelDensity(repeated, { bandwidth: 'leave-one-out' }).catch(() => undefined),
    );
  });
});
