import { compile } from '@pushforward/compile';
import { DiagonalNormal, Mixture } from '@pushforward/distributions';
import { exp, Key, softmax, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { fixedNoise } from '../../test/linearGaussian.js';
import { NormalMixture } from '../index.js';

const [logits, loc, logScale] = [
  tf.tensor1d([0.3, -0.5, 0]),
  tf.tensor2d([
    [-1, 0.5],
    [1.2, -0.4],
    [0.3, 1.5],
  ]),
  tf.tensor2d([
    [-0.5, 0],
    [0.2, -0.7],
    [-0.3, -0.2],
  ]),
];
const parameters = [logits, loc, logScale];

type Moment = { of: (z: Tensor) => Tensor; exact: (w: Tensor, mu: Tensor, s: Tensor) => Tensor };

const column = (x: Tensor, i: number) =>
  tf.squeeze(
    tf.slice(x, [...x.shape.slice(1).map(() => 0), i], [...x.shape.slice(0, -1), 1]),
    [-1],
  );
/** Functions of z, and the sums over the components of their expectations. */
const moments: Record<string, Moment> = {
  'z_1^2 z_2': {
    of: (z) => tf.mul(tf.square(column(z, 0)), column(z, 1)),
    exact: (w, mu, s) => {
      const first = tf.add(tf.square(column(mu, 0)), tf.square(column(s, 0)));
      return tf.sum(tf.mul(w, tf.mul(first, column(mu, 1))));
    },
  },
  'e^(z_1 / 2) z_2^2': {
    of: (z) => tf.mul(exp(tf.mul(0.5, column(z, 0))), tf.square(column(z, 1))),
    exact: (w, mu, s) => {
      const first = exp(tf.add(tf.mul(0.5, column(mu, 0)), tf.mul(0.125, tf.square(column(s, 0)))));
      const second = tf.add(tf.square(column(mu, 1)), tf.square(column(s, 1)));
      return tf.sum(tf.mul(w, tf.mul(first, second)));
    },
  },
};

describe('NormalMixture', () => {
  onEachEngine(() => {
    it('is a mixture', () => {
      const law = new NormalMixture(logits, loc, exp(logScale));
      const plain = new Mixture(logits, new DiagonalNormal(loc, exp(logScale)));
      const z = law.sample(Key.from(1), [20]);
      expect(z).toBeAllClose(plain.sample(Key.from(1), [20]), {});
      expect(law.logProb(z)).toBeAllClose(plain.logProb(z), { abs: 1e-6 });
    });

    it.each(Object.entries(moments))('has the gradient of E[%s] on average', (_, { of, exact }) => {
      const [runs, draws] = [40, 300];
      const expected = tf.grads((logits, loc, log) => exact(softmax(logits), loc, exp(log)))(
        parameters,
      );
      const estimate = (key: Key) =>
        tf.grads((logits, loc, log) =>
          tf.mean(of(new NormalMixture(logits, loc, exp(log)).sample(key, [draws]))),
        )(parameters);
      const estimates = Array.from({ length: runs }, (_, i) => estimate(Key.from(i)));
      for (const [i, truth] of expected.entries()) {
        const { mean, variance } = tf.moments(tf.stack(estimates.map((each) => each[i]!)), 0);
        const error = tf.sqrt(tf.div(variance, runs - 1));
        // Of 15 each one is 6 standard errors, of a law with 39 degrees of freedom, away once in a million.
        expect(Math.max(...valuesOf(tf.abs(tf.div(tf.sub(mean, truth), error))))).toBeLessThan(6);
        expect(Math.max(...valuesOf(error))).toBeLessThan(0.2);
      }
    });

    it('has a finite gradient where components are far apart, and one of a single component is that of a normal law', () => {
      const far = tf.tensor2d([[-40], [40]]);
      const gradients = tf.grads((logits, loc, scale) => {
        const z = new NormalMixture(logits, loc, scale).sample(Key.from(1), [200]);
        return tf.mean(tf.square(z));
      })([tf.tensor1d([0, 0]), far, tf.tensor2d([[0.01], [10]])]);
      for (const gradient of gradients) expect(tf.all(tf.isFinite(gradient)).dataSync()[0]).toBe(1);
      const [mu, s] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[0.5, 3]])];
      const [ofMu, ofS] = tf.grads((mu, s) =>
        tf.sum(new NormalMixture(tf.zeros([1]), mu, s).sample(Key.from(2))),
      )([mu, s]);
      const z = new NormalMixture(tf.zeros([1]), mu, s).sample(Key.from(2));
      expect(ofMu!).toBeAllClose([[1, 1]], { abs: 1e-5 });
      expect(ofS!).toBeAllClose(tf.div(tf.sub(z, mu), s), { abs: 1e-5, rel: 1e-5 });
    });

    it('has the same gradient in both tails, where ranks are near 0 or near 1', () => {
      // The law of -Z has draws -z: derivatives by the means are those of Z, by weights and scales their negatives.
      const gradientsAt = (side: number) =>
        tf.grads((logits, loc, scale) => {
          const key = fixedNoise(tf.fill([2, 1], 5.5 * side));
          return tf.sum(new NormalMixture(logits, tf.mul(side, loc), scale).sample(key));
        })([tf.tensor1d([0.4, 0]), tf.tensor2d([[0], [0.3]]), tf.tensor2d([[1], [1.1]])]);
      const [low, high] = [gradientsAt(-1), gradientsAt(1)];
      for (const [i, g] of high.entries()) {
        expect(tf.max(tf.abs(g)).dataSync()[0]).toBeGreaterThan(0.01);
        expect(g).toBeAllClose(tf.neg(low[i]!), { rel: 1e-4 });
      }
    });

    it('leaves no tensor behind, and compiles', async () => {
      const gradient = (logits: Tensor, loc: Tensor, log: Tensor, key: Key) =>
        tf.grads((logits, loc, log) => {
          const law = new NormalMixture(logits, loc, exp(log));
          const [z, logProb] = law.sampleAndLogProb(key, [5]);
          return tf.add(tf.sum(tf.square(z)), tf.sum(logProb));
        })([logits, loc, log]);
      expectNoLeak(() => gradient(logits, loc, logScale, Key.from(1)));
      const compiled = compile(gradient);
      await compiled(logits, loc, logScale, Key.from(2));
      const got = await compiled(logits, loc, logScale, Key.from(1));
      for (const [i, eager] of gradient(logits, loc, logScale, Key.from(1)).entries())
        expect(got[i]!).toBeAllClose(eager, { abs: 1e-4, rel: 1e-4 });
      compiled.dispose();
    });
  });
});
