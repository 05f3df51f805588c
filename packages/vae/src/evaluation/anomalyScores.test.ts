import { conditional, DiagonalNormal, standardNormal } from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  anomalyScores,
  categorical,
  diagonalNormal,
  gaussian,
  mixturePrior,
  VAE,
} from '../index.js';

/** Four numbers near z + c each, with deviation 0.1, and what is left of their mean beside c as z: p(z) = N(0, 1). */
function model(): VAE {
  const start = { initialiser: zeros, bias: false };
  const decoder = new Linear(Key.from(1), 2, 4, start);
  decoder.weight.assign(tf.ones([2, 4]));
  const encoder = new Linear(Key.from(1), 5, 1, start);
  encoder.weight.assign(tf.tensor2d([0.25, 0.25, 0.25, 0.25, -1], [5, 1]));
  return new VAE({
    prior: standardNormal([1]),
    likelihood: conditional(decoder, gaussian(4, { variance: 'fixed', scale: 0.1 })),
    posterior: conditional(encoder, (h) => new DiagonalNormal(h, 0.01)),
  });
}

describe('anomalyScores', () => {
  onEachEngine(() => {
    it('tell a number that is off from numbers that are off together', () => {
      const context = tf.tensor2d([[1], [1], [1]]);
      const x = tf.tensor2d([
        [1, 1, 1, 1],
        [1, 1, 1, 2],
        [3, 3, 3, 3],
      ]);
      const { residual, divergence } = anomalyScores(Key.from(1), model(), x, {
        context,
        draws: 2000,
      });
      // z is 0, 1/4, 2, give or take 0.01: the residuals are those of x - z - c, at most 3/4 in the second row.
      expect(residual).toBeAllClose([0.08, 7.5, 0.08], { abs: 0.02 });
      const closed = (z: number) => 0.5 * (z * z + 1e-4 - 1) - Math.log(0.01);
      expect(divergence).toBeAllClose([closed(0), closed(0.25), closed(2)], { abs: 1e-4 });
    });

    it('estimate a divergence without a closed form, and leave no tensor behind', () => {
      const { likelihood, posterior } = model();
      const mixed = new VAE({
        prior: mixturePrior(Key.from(2), { components: 3, features: 1 }),
        likelihood,
        posterior,
      });
      const [x, context] = [Key.from(3).normal([5, 4]), tf.zeros([5, 1])];
      const { divergence } = anomalyScores(Key.from(1), mixed, x, { context, draws: 4000 });
      const q = mixed.posteriorAt(x, context);
      const cross = mixed.prior.logProb(q.mean!());
      // A posterior of deviation 0.01 sees the prior's density at its mean.
      const expected = tf.sub(tf.neg(q.entropy!()), cross);
      expect(divergence).toBeAllClose(expected, { abs: 0.06 });
      expectNoLeak(() => {
        const scores = anomalyScores(Key.from(1), mixed, x, { context });
        tf.dispose([scores.residual, scores.divergence]);
      });
    });
  });

  it('refuse what has no moments, and options that make no sense', () => {
    const family = categorical(2, 3);
    const choices = new VAE({
      prior: standardNormal([1]),
      likelihood: conditional(new Linear(Key.from(1), 1, 6), family),
      posterior: conditional(new Linear(Key.from(1), 2, 2), diagonalNormal(1)),
    });
    const x = tf.zeros([3, 2]);
    expect(() => anomalyScores(Key.from(1), choices, x)).toThrow(OptionError);
    expect(() => anomalyScores(Key.from(1), choices, x, { draws: 0 })).toThrow(DomainError);
    expect(() => anomalyScores(Key.from(1), choices, x, { k: 1 } as never)).toThrow(OptionError);
  });
});
