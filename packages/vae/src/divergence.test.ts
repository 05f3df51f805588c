import {
  Bernoulli,
  DiagonalNormal,
  type Distribution,
  Independent,
  lowerTriangular,
  Mixture,
  MultivariateNormal,
  standardNormal,
} from '@pushforward/distributions';
import { cholesky, Key, ShapeError } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { kullbackLeibler, LowRankNormal, smoothed } from './index.js';

const total = (q: Distribution, p: Distribution) => tf.sum(kullbackLeibler(q, p)!, -1);

describeGolden('t15_vae', ({ cases, tolerance }) => {
  onEachEngine(() => {
    it.each(cases.filter(({ name }) => name.startsWith('kl gaussian')))(
      '$name',
      ({ params, output }) => {
        const full = (i: 1 | 2) =>
          new MultivariateNormal(params.vector(`m${i}`), cholesky(params.tensor(`S${i}`)));
        const diagonal = (i: 1 | 2) =>
          new DiagonalNormal(
            params.vector(`m${i}`),
            params.vector(`logvar${i}`).map((v) => Math.exp(v / 2)),
          );
        const standard = standardNormal([params.vector('m1').length]);
        for (const [name, q, p] of [
          ['kl', full(1), full(2)],
          ['kl_to_standard', full(1), standard],
          ['kl_diag', diagonal(1), diagonal(2)],
          ['kl_diag_to_standard', diagonal(1), standard],
        ] as const)
          expect(total(q, p), name).toBeAllClose(output.number(name), tolerance);
      },
    );
  });
});

describe('kullbackLeibler', () => {
  onEachEngine(() => {
    it('is the mean of log q - log p, for every pair of normal laws with a closed form', () => {
      const [a, b, c] = Key.from(3).split(3);
      const L = tf.add(tf.eye(3), tf.mul(0.4, a.normal([2, 3, 3])));
      const q = [
        new DiagonalNormal(b.normal([2, 3]), [0.5, 1, 2]),
        new MultivariateNormal(b.normal([2, 3]), L),
        new LowRankNormal(b.normal([2, 3]), c.uniform([2, 3], 0.5, 1), a.normal([2, 3, 1])),
      ];
      const p = [
        standardNormal([3]),
        new DiagonalNormal([1, 0, -1], 0.8),
        new MultivariateNormal(
          tf.zeros([3]),
          lowerTriangular([
            [1, 0, 0],
            [0.5, 1.2, 0],
            [-0.3, 0.1, 0.7],
          ]),
        ),
      ];
      let pairs = 0;
      for (const from of q)
        for (const to of p) {
          const closed = kullbackLeibler(from, to)!;
          pairs += 1;
          const n = 20_000;
          const [z, logQ] = from.sampleAndLogProb(Key.from(pairs), [n]);
          const { mean, variance } = tf.moments(tf.sub(logQ, to.logProb(z)), 0);
          const errors = tf.div(tf.sub(mean, tf.sum(closed, -1)), tf.sqrt(tf.div(variance, n)));
          // Two numbers for each of nine pairs: 5 standard errors are exceeded once in 90,000 runs.
          expect(Math.max(...tf.abs(errors).dataSync())).toBeLessThan(5);
        }
    });

    it('has a part for each independent number, and is 0 between equals', () => {
      const q = new DiagonalNormal(tf.zeros([4, 3]), 1);
      expect(kullbackLeibler(q, standardNormal([3]))).toBeAllClose(tf.zeros([4, 3]), { abs: 1e-6 });
      const full = new MultivariateNormal(tf.zeros([4, 3]), tf.eye(3));
      expect(kullbackLeibler(full, standardNormal([3]))).toBeAllClose(tf.zeros([4, 1]), {
        abs: 1e-6,
      });
      const law = new DiagonalNormal([1], 0.5);
      // KL(N(1, 0.25) || N(0, 1)).
      expect(kullbackLeibler(law, standardNormal([1]))).toBeAllClose([0.8181472], { rel: 1e-6 });
    });

    it('of zeros and ones, smoothed or not, is a sum over both, a part for each', () => {
      const [q, p] = [
        [0.3, 0.9, 0.5],
        [0.5, 0.6, 0.01],
      ] as const;
      const law = (probabilities: readonly number[]) =>
        new Independent(new Bernoulli(probabilities.map((p) => Math.log(p / (1 - p)))), 1);
      const expected = q.map(
        (q, i) => q * Math.log(q / p[i]!) + (1 - q) * Math.log((1 - q) / (1 - p[i]!)),
      );
      expect(kullbackLeibler(law(q), law(p))!).toBeAllClose(expected, { abs: 1e-6 });
      const both = [q, p].map((each) => smoothed(law(each), 3)) as [Distribution, Distribution];
      expect(kullbackLeibler(...both)!).toBeAllClose(expected, { abs: 1e-6 });
      expect(kullbackLeibler(both[0], smoothed(law(p), 4))).toBeUndefined();
    });

    it('stays finite for scales at both ends of float32', () => {
      const tiny = new DiagonalNormal(tf.zeros([1]), 1e-30);
      expect(total(tiny, standardNormal([1]))).toBeAllClose(30 * Math.log(10) - 0.5, { rel: 1e-6 });
      const wide = new DiagonalNormal([1e4], 1e4);
      expect(total(wide, standardNormal([1]))).toBeAllClose(1e8, { rel: 1e-6 });
    });

    it('is undefined where it has no closed form, and leaves no tensor behind', () => {
      const q = new DiagonalNormal(tf.zeros([3]), 1);
      const mixture = new Mixture([0, 0], new DiagonalNormal(tf.zeros([2, 3]), 1));
      expect(kullbackLeibler(q, mixture)).toBeUndefined();
      expect(kullbackLeibler(mixture, q)).toBeUndefined();
      expect(() => kullbackLeibler(q, standardNormal([2]))).toThrow(ShapeError);
      const full = new MultivariateNormal([0, 0, 0], tf.eye(3));
      expectNoLeak(() => kullbackLeibler(q, standardNormal([3])));
      expectNoLeak(() => [full, q].map((p) => kullbackLeibler(full, p)));
      expectNoLeak(() => kullbackLeibler(q, full));
    });
  });
});
