import { MultivariateNormal } from '@pushforward/distributions';
import { cholesky, Key, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { LowRankNormal } from '../index.js';

/** Three laws of [4] with factors of rank 2, and the same with full covariances. */
function make() {
  const [a, b, c] = Key.from(7).split(3);
  const loc = a.normal([3, 4]);
  const scale = b.uniform([3, 4], 0.3, 2);
  const factor = c.normal([3, 4, 2]);
  const covariance = tf.add(
    tf.matMul(factor, factor, false, true),
    tf.mul(tf.eye(4), tf.expandDims(tf.square(scale), -1)),
  );
  return {
    law: new LowRankNormal(loc, scale, factor),
    full: new MultivariateNormal(loc, cholesky(covariance)),
    covariance,
  };
}

describe('LowRankNormal', () => {
  onEachEngine(() => {
    it('is the normal law with that covariance', () => {
      const { law, full } = make();
      const x = Key.from(1).normal([5, 3, 4]);
      expect(law.logProb(x)).toBeAllClose(full.logProb(x), { abs: 2e-5, rel: 2e-5 });
      expect(law.entropy()).toBeAllClose(full.entropy(), { abs: 1e-5, rel: 1e-5 });
      expect(law.mean()).toBeAllClose(full.mean(), {});
      expect(law.variance()).toBeAllClose(full.variance(), { rel: 1e-5 });
      const slope = (of: typeof law | typeof full) => tf.grad((x) => tf.sum(of.logProb(x)))(x);
      expect(slope(law)).toBeAllClose(slope(full), { abs: 1e-4, rel: 1e-4 });
    });

    it('draws with that covariance', () => {
      const { law, covariance } = make();
      const n = 20_000;
      const r = tf.sub(law.sample(Key.from(2), [n]), law.mean());
      const rows = tf.transpose(r, [1, 0, 2]);
      const got = tf.div(tf.matMul(rows, rows, true, false), n);
      // Entries are at most 10; 0.25 is over three standard errors of the largest.
      expect(got).toBeAllClose(covariance, { abs: 0.25 });
    });

    it('draws what is shared apart from what is not, of as many columns as numbers too', () => {
      const factor = tf.tensor2d([
        [0.8, 0.1],
        [-0.3, 1.2],
      ]);
      const law = new LowRankNormal(tf.zeros([2]), tf.tensor1d([0.7, 1.5]), factor);
      const n = 20_000;
      const r = law.sample(Key.from(2), [n]);
      const diagonal = tf.mul(tf.eye(2), tf.tensor1d([0.49, 2.25]));
      const covariance = tf.add(tf.matMul(factor, factor, false, true), diagonal);
      // Entries are at most 3.8, so that five of their standard errors are 0.19.
      const got = tf.div(tf.matMul(r, r, true, false), n);
      expect(got).toBeAllClose(covariance, { abs: 0.19 });
    });

    it('needs shapes that agree, and leaves no tensor behind', () => {
      const zeros = tf.zeros([3]);
      expect(() => new LowRankNormal(zeros, zeros, tf.zeros([2, 1]))).toThrow(ShapeError);
      const { law } = make();
      const x = tf.zeros([4]);
      expectNoLeak(() => law.logProb(x));
      expectNoLeak(() => [law.sample(Key.from(1)), law.entropy(), law.variance()]);
    });
  });
});
