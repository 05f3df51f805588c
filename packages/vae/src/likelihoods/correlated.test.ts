import { DomainError, Key, OptionError } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { diagonalNormal, type GaussianOptions, gaussian } from '../index.js';

const covariances = { full: 'full', 'low rank': { rank: 1 } } as const;

/** Rows of N(0, A A^T) with A = [[1, 0], [-0.9, 0.3]]. */
const correlated = (count: number) =>
  tf.matMul(
    Key.from(5).normal([count, 2]),
    tf.tensor2d([
      [1, -0.9],
      [0, 0.3],
    ]),
  );

describe('gaussian of correlated numbers', () => {
  onEachEngine(() => {
    it.each(Object.entries(covariances))(
      '%s: starts at its scale, up to a small start',
      (_, covariance) => {
        for (const variance of ['learned', 'predicted'] as const) {
          const family = gaussian(3, { variance, covariance, scale: 0.2, floor: 0.01 });
          const law = family.law(tf.zeros([4, family.parameterCount]));
          expect(law.mean!()).toBeAllClose(tf.zeros([4, 3]), {});
          // The start of a low-rank factor are draws of N(0, 0.1^2) in units of the scale: below 0.16 of it in square.
          expect(law.variance!()).toBeAllClose(tf.fill([4, 3], 0.04), { rel: 0.16 });
        }
      },
    );

    it.each(Object.entries(covariances))(
      '%s: has a bounded density, whatever it is told',
      (_, covariance) => {
        const floor = 0.05;
        const family = gaussian(3, { variance: 'predicted', covariance, scale: 1, floor });
        const h = tf.mul(30, Key.from(1).normal([200, family.parameterCount]));
        const law = family.law(h);
        const most = tf.max(law.logProb(law.mean!())).dataSync()[0]!;
        expect(most).toBeLessThanOrEqual(-3 * Math.log(floor) - 1.5 * Math.log(2 * Math.PI) + 1e-4);
      },
    );

    it('low rank: keeps the numbers of a coordinate together', () => {
      const family = gaussian(2, { variance: 'predicted', covariance: { rank: 2 } });
      // Mean, scale before its softplus, and a row of V, coordinate by coordinate.
      const at = (h: number[]) => family.law(tf.tensor1d(h));
      const [zeros, told] = [at([0, 0, 0, 0, 0, 0, 0, 0]), at([0, 0, 0, 0, 7, 50, 3, 4])];
      expect(told.mean!()).toBeAllClose([0, 7], {});
      const [before, after] = [zeros, told].map((law) => law.variance!().dataSync());
      expect(after![0]).toBe(before![0]);
      // s = 50 + log(e - 1), and V is (3, 4) up to its bound and its start.
      const [three, four] = [3 / (1 + 3 / 30), 4 / (1 + 4 / 30)];
      const expected = 50.54 ** 2 * (1 + three ** 2 + four ** 2);
      expect(after![1]! / expected).toBeGreaterThan(0.8);
      expect(after![1]! / expected).toBeLessThan(1.25);
    });
  });

  it.each(Object.entries(covariances))(
    '%s: finds the covariance of its data by gradient',
    (_, covariance) => {
      const x = correlated(60);
      const best = tf.matMul(x, x, true, false).div(60).arraySync() as number[][];
      for (const variance of ['learned', 'predicted'] as const) {
        const family = gaussian(2, { variance, covariance });
        // What is predicted is the same for all rows here.
        const told = tf.variable(tf.zeros([family.parameterCount]));
        const law = () => family.law(variance === 'learned' ? tf.zeros([2]) : told);
        const adam = tf.train.adam(0.05);
        for (let i = 0; i < 250; i++)
          adam.minimize(() => law().loss({ x }, Key.from(1)) as tf.Scalar, false, [
            ...family.parameters(),
            ...(variance === 'predicted' ? [told] : []),
          ]);
        const [[a, b], [, c]] = best as [[number, number], [number, number]];
        // Of a normal law with its best covariance S: log(2 pi e) + log det S / 2, here with the best mean as well or
        // with 0.
        const mean = variance === 'learned' ? [0, 0] : [...tf.mean(x, 0).dataSync()];
        const [u, v] = mean as [number, number];
        const det = (a - u * u) * (c - v * v) - (b - u * v) ** 2;
        const least = Math.log(2 * Math.PI * Math.E) + 0.5 * Math.log(det);
        expect(law().loss({ x }, Key.from(1))).toBeAllClose(least, { abs: 2e-3 });
      }
    },
  );

  it('refuses options that do not go together', () => {
    const refused = (options: GaussianOptions) => () => gaussian(2, options);
    expect(refused({ covariance: 'full', variance: 'fixed' })).toThrow(OptionError);
    expect(refused({ covariance: 'full', variance: 'batch' })).toThrow(OptionError);
    expect(refused({ covariance: { rank: 1 }, perCoordinate: true })).toThrow(OptionError);
    expect(refused({ covariance: { rank: 3 } })).toThrow(DomainError);
    expect(refused({ covariance: 'full', scale: 1e-4 })).toThrow(DomainError);
    expect(() => diagonalNormal(2, { scale: 0.5, committedRate: 0.1 })).toThrow(OptionError);
  });
});
