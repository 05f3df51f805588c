import { Key } from '@pushforward/tensors';
import {
  dkwBound,
  expectNoLeak,
  integrate1d,
  kolmogorovSmirnov,
  onEachEngine,
} from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { ContinuousBernoulli } from '../index.js';

/** In double precision, by the definition: the integral of e^(eta x) over [0, x]. */
const mass = (eta: number, x: number) => (eta === 0 ? x : Math.expm1(eta * x) / eta);
const cdf = (eta: number) => (x: number) =>
  eta > 0
    ? (Math.exp(eta * (x - 1)) - Math.exp(-eta)) / -Math.expm1(-eta)
    : mass(eta, x) / mass(eta, 1);

/** Both sides of where the series end, and far out. */
const logits = [-80, -8, -1.01, -0.99, -0.3, -1e-4, 0, 1e-6, 0.5, 0.999, 1.001, 3, 30];

describe('ContinuousBernoulli', () => {
  onEachEngine(() => {
    it('has the density e^(eta x) over its integral', () => {
      const law = new ContinuousBernoulli(tf.tensor1d(logits));
      for (const x of [0, 0.25, 0.5, 1]) {
        const expected = logits.map((eta) => eta * x - Math.log(mass(eta, 1)));
        expect(law.logProb(tf.scalar(x))).toBeAllClose(expected, { abs: 2e-6, rel: 1e-6 });
      }
    });

    it('integrates to 1', () => {
      for (const eta of [-8, 0.5, 3]) {
        const law = new ContinuousBernoulli(tf.scalar(eta));
        const total = integrate1d((x) => tf.exp(law.logProb(tf.squeeze(x, [-1]))), {
          samples: [[0.1], [0.5], [0.9]],
        });
        expect(total).toBeAllClose(1, { abs: 2e-3 });
      }
    });

    it('has the mean that its normaliser has as derivative, and the variance that its mean has', () => {
      const eta = tf.tensor1d(logits);
      const law = new ContinuousBernoulli(eta);
      // d/d eta log p(x) = x - mean.
      const score = tf.grad((eta) => tf.sum(new ContinuousBernoulli(eta).logProb(tf.scalar(0))))(
        eta,
      );
      expect(law.mean()).toBeAllClose(tf.neg(score), { abs: 2e-6 });
      const slope = tf.grad((eta) => tf.sum(new ContinuousBernoulli(eta).mean()))(eta);
      expect(law.variance()).toBeAllClose(slope, { abs: 2e-6, rel: 1e-4 });
      const exact = logits.map((eta) =>
        Math.abs(eta) < 1e-3 ? 1 / 12 : eta ** -2 - 1 / (4 * Math.sinh(eta / 2) ** 2),
      );
      expect(law.variance()).toBeAllClose(exact, { abs: 5e-7 });
      const half = new ContinuousBernoulli(tf.scalar(0));
      expect(half.mean()).toBeAllClose(0.5, { abs: 1e-7 });
      expect(half.variance()).toBeAllClose(1 / 12, { abs: 1e-7 });
    });

    it('has the entropy of its density', () => {
      const expected = logits.map((eta) => {
        const steps = 20_000;
        let sum = 0;
        for (let i = 0; i < steps; i++) {
          const logP = eta * ((i + 0.5) / steps) - Math.log(mass(eta, 1));
          sum -= (Math.exp(logP) * logP) / steps;
        }
        return sum;
      });
      const law = new ContinuousBernoulli(tf.tensor1d(logits));
      expect(law.entropy()).toBeAllClose(expected, { abs: 1e-5, rel: 1e-5 });
    });

    it('draws from its distribution function', () => {
      const law = new ContinuousBernoulli(tf.tensor1d(logits));
      const draws = tf.transpose(law.sample(Key.from(1), [4000])).arraySync() as number[][];
      for (const [i, eta] of logits.entries())
        expect(kolmogorovSmirnov(draws[i]!, cdf(eta))).toBeLessThan(dkwBound(4000));
    });

    it('moves its draws with its mean', () => {
      const eta = tf.tensor1d([-3, 0.2, 3]);
      const slope = tf.grad((eta) =>
        tf.sum(tf.mean(new ContinuousBernoulli(eta).sample(Key.from(2), [40_000]), 0)),
      )(eta);
      // The mean of 40,000 derivatives, each at most 1/4 and of deviation below 0.1.
      expect(slope).toBeAllClose(new ContinuousBernoulli(eta).variance(), { abs: 3e-3 });
    });

    it('has the quantiles of its distribution function, and moves them near the uniform law', () => {
      const p = tf.tensor1d([0.1, 0.5, 0.8]);
      const eta = [-8, -1e-3, 5e-4, 0.5];
      const law = new ContinuousBernoulli(tf.tensor2d(eta, [4, 1]));
      const x = law.quantile(p).arraySync() as number[][];
      for (const [i, row] of x.entries())
        expect(row.map(cdf(eta[i]!))).toBeAllClose(p, { abs: 3e-7 });
      // At eta = 0 the quantile x = p grows with eta by p (1 - p) / 2.
      const slope = tf.grad((eta) => new ContinuousBernoulli(eta).quantile(p))(tf.zeros([3]));
      expect(slope).toBeAllClose(tf.mul(0.5, tf.mul(p, tf.sub(1, p))), { abs: 1e-6 });
    });

    it('is -Infinity outside [0, 1], NaN at NaN, and finite with extreme logits', () => {
      const law = new ContinuousBernoulli(tf.scalar(2));
      const x = tf.tensor1d([-1e-6, 1.000001, -Infinity, Infinity, Number.NaN]);
      expect(law.logProb(x)).toBeAllClose(
        [-Infinity, -Infinity, -Infinity, -Infinity, Number.NaN],
        {},
      );
      const extreme = tf.tensor1d([-1e6, 1e6]);
      const { value, grad } = tf.valueAndGrad((eta: tf.Tensor) =>
        tf.sum(new ContinuousBernoulli(eta).logProb(tf.tensor1d([0, 1]))),
      )(extreme);
      expect(value).toBeAllClose(2 * Math.log(1e6), { rel: 1e-6 });
      expect(grad).toBeAllClose([-1e-6, 1e-6], { rel: 1e-5 });
    });

    it('leaves no tensor behind', () => {
      const law = new ContinuousBernoulli(tf.tensor1d([-3, 0.2, 3]));
      const x = tf.scalar(0.3);
      expectNoLeak(() => law.logProb(x));
      expectNoLeak(() => [law.sample(Key.from(1), [2]), law.mean(), law.variance(), law.entropy()]);
    });
  });
});
