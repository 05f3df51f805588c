import { DataError, Key } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { fitGaussian, meanLogLikelihood } from './index.js';

describe('fitGaussian', () => {
  onEachEngine(() => {
    it('has the moments of the rows', async () => {
      const rows = tf.tensor2d([
        [1, 2],
        [3, -2],
        [5, 6],
        [-1, 0],
      ]);
      const law = await fitGaussian(rows);
      expect(law.mean()).toBeAllClose([2, 1.5], { rel: 1e-6 });
      // By hand: squares of the deviations (-1, 1, 3, -3), (0.5, -3.5, 4.5, -1.5), divided by 4.
      expect(law.covariance()).toBeAllClose(
        [
          [5, 3.5],
          [3.5, 8.75],
        ],
        { rel: 1e-6 },
      );
      expect(law.ridge).toBe(0);
    });

    it('is more likely than its neighbours', async () => {
      const rows = tf.add(Key.from(1).normal([200, 3]), [100, 0, -7]);
      const law = await fitGaussian(rows);
      const best = (await meanLogLikelihood(law, rows)).mean;
      for (const shift of [0.03, -0.03]) {
        const moved = await fitGaussian(tf.add(rows, [shift, 0, shift]));
        expect((await meanLogLikelihood(moved, rows)).mean).toBeLessThan(best);
        const stretched = await fitGaussian(
          tf.add(tf.mul(tf.sub(rows, law.mean()), 1 + shift), law.mean()),
        );
        expect((await meanLogLikelihood(stretched, rows)).mean).toBeLessThan(best);
      }
      // At the greatest likelihood, log p = -log|2 pi e S| / 2, which is minus the entropy.
      expect(-best).toBeAllClose(law.entropy(), { rel: 1e-5 });
    });

    it('adds a ridge to a singular covariance and says so', async () => {
      const column = Key.from(2).normal([50, 1]);
      const rows = tf.concat([column, tf.mul(2, column), tf.ones([50, 1])], 1);
      const law = await fitGaussian(rows);
      const variances = valuesOf(tf.moments(rows, 0).variance);
      const mean = variances.reduce((sum, value) => sum + value, 0) / 3;
      expect(law.ridge).toBeAllClose(1e-6 * mean, { rel: 1e-5 });
      expect(law.variance()).toBeAllClose(
        variances.map((value) => value + law.ridge),
        { rel: 1e-5 },
      );
      expect(valuesOf(law.logProb(rows)).every(Number.isFinite)).toBe(true);
    });
  });

  it('refuses rows that have no density', async () => {
    await expect(fitGaussian(tf.fill([10, 2], 0.1))).rejects.toThrow('all rows are equal');
    await expect(fitGaussian(tf.ones([1, 2]))).rejects.toThrow(DataError);
    await expect(
      fitGaussian(
        tf.tensor2d([
          [1, 0],
          [2, Infinity],
        ]),
      ),
    ).rejects.toThrow('row 1, column 1');
  });

  it('owns its tensors and leaves no other behind', async () => {
    const rows = Key.from(3).normal([20, 2]);
    await expectNoLeak(async () => {
      (await fitGaussian(rows)).dispose();
    });
  });
});
