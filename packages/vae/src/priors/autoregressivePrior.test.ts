import { DiagonalNormal, MultivariateNormal } from '@pushforward/distributions';
import { cholesky, DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type AutoregressiveNormal, autoregressivePrior, kullbackLeibler } from '../index.js';

const [steps, features, committedRate] = [4, 2, 1.3];
const make = () => autoregressivePrior({ steps, features, committedRate });

/** The normal law of covariance alpha^|t - s| of the same feature, 0 of others. */
function joint(prior: AutoregressiveNormal): MultivariateNormal {
  const places = Array.from({ length: steps * features }, (_, i) => i);
  const covariance = places.map((i) =>
    places.map((j) =>
      i % features === j % features
        ? prior.correlation ** Math.abs(Math.floor(i / features) - Math.floor(j / features))
        : 0,
    ),
  );
  return new MultivariateNormal(tf.zeros([places.length]), cholesky(tf.tensor2d(covariance)));
}

describe('autoregressivePrior', () => {
  onEachEngine(() => {
    it('is a normal law of known covariance', () => {
      const prior = make();
      const same = joint(prior);
      const z = Key.from(1).normal([5, 3, 8]);
      expect(prior.logProb(z)).toBeAllClose(same.logProb(z), { abs: 1e-5, rel: 1e-5 });
      expect(prior.entropy()).toBeAllClose(same.entropy(), { abs: 1e-5 });
      const draws = prior.sample(Key.from(2), [200, 100]);
      expect(draws.shape).toEqual([200, 100, 8]);
      const rows = tf.reshape<tf.Rank.R2>(draws, [-1, 8]);
      const L = same.scaleTril as tf.Tensor2D;
      // Products of two numbers of variance 1 have a deviation of at most 1.42; 36 of them within 4.5 standard errors.
      expect(tf.div(tf.matMul(rows, rows, true, false), rows.shape[0])).toBeAllClose(
        tf.matMul(L, L, false, true),
        { abs: 0.045 },
      );
    });

    it('is the committed rate away from the closest law of independent numbers, and further from others', () => {
      const prior = make();
      const closest = new DiagonalNormal(tf.zeros([8]), tf.rsqrt(prior.precision()));
      expect(kullbackLeibler(closest, prior)!).toBeAllClose([committedRate], { rel: 1e-5 });
      const [forMean, forScale] = Key.from(3).split(2);
      const others = new DiagonalNormal(
        forMean.normal([500, 8]),
        tf.exp(forScale.normal([500, 8])),
      );
      const divergence = kullbackLeibler(others, prior)!;
      expect(divergence.shape).toEqual([500, 1]);
      expect(tf.min(divergence).dataSync()[0]).toBeGreaterThan(committedRate);
      // The closed form is that of the same law written with a full covariance.
      const full = new MultivariateNormal(
        others.mean(),
        tf.mul(tf.expandDims(tf.sqrt(others.variance()), -1), tf.eye(8)),
      );
      expect(divergence).toBeAllClose(kullbackLeibler(full, joint(prior))!, { rel: 1e-4 });
    });

    it('leaves no tensor behind', () => {
      const prior = make();
      const z = Key.from(1).normal([5, 8]);
      const q = new DiagonalNormal(z, tf.ones([8]));
      expectNoLeak(() => prior.logProb(z));
      expectNoLeak(() => prior.sample(Key.from(1), [3]));
      expectNoLeak(() => kullbackLeibler(q, prior)!);
    });
  });

  it('has any rate, with any number of steps', () => {
    for (const rate of [1e-3, 0.1, 6])
      for (const steps of [2, 3, 50]) {
        const prior = autoregressivePrior({ steps, features: 1, committedRate: rate });
        const square = prior.correlation ** 2;
        const got = 0.5 * ((steps - 2) * Math.log1p(square) - Math.log1p(-square));
        expect(got / rate).toBeCloseTo(1, 6);
      }
  });

  it('refuses options that make no sense', () => {
    const options = { steps: 4, features: 2, committedRate: 1 };
    expect(() => autoregressivePrior({ ...options, steps: 1 })).toThrow(DomainError);
    expect(() => autoregressivePrior({ ...options, features: 0 })).toThrow(DomainError);
    expect(() => autoregressivePrior({ ...options, committedRate: 0 })).toThrow(DomainError);
    expect(() => autoregressivePrior({ ...options, committedRate: 50 })).toThrow(/correlation/);
    expect(() => autoregressivePrior({ ...options, alpha: 1 } as never)).toThrow(OptionError);
  });
});
