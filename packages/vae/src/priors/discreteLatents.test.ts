/** Discrete auto-encoders: zeros and ones as latents, under a restricted Boltzmann machine. */
import { Bernoulli, conditional, Independent } from '@pushforward/distributions';
import { type Batch, Key, logSumExp, type Tensor, withGradient } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  elbo,
  leaveOneOut,
  logLikelihood,
  type Objective,
  perceptron,
  restrictedBoltzmann,
  VAE,
  wakeSleep,
} from '../index.js';

/** Coins whose draws have the gradient of their probabilities. */
class StraightThrough extends Bernoulli {
  override get reparameterised(): boolean {
    return true;
  }

  override sample(key: Key, shape?: readonly number[]): Tensor {
    return tf.tidy(() => {
      const draws = super.sample(key, shape);
      const spread = tf.add(tf.zerosLike(draws), this.mean());
      return withGradient(
        spread,
        () => tf.clone(draws),
        (dy) => dy,
      );
    });
  }
}

const [visible, hidden, pixels] = [3, 3, 4];
const build = (objective: Objective, units = { visible, hidden }) =>
  new VAE({
    prior: restrictedBoltzmann(Key.from(1), { ...units, joint: true }),
    likelihood: conditional(
      perceptron([8])(Key.from(2), { inputs: units.visible + units.hidden, outputs: pixels }),
      bernoulli(pixels),
    ),
    posterior: conditional(
      perceptron([8])(Key.from(3), { inputs: pixels, outputs: units.visible + units.hidden }),
      (logits) => new Independent(new StraightThrough(logits), 1),
    ),
    objective,
  });

/** log p(x) by summing over all z. */
const exact = (model: VAE, x: Tensor) =>
  tf.tidy(() => {
    const states = Array.from({ length: 2 ** (visible + hidden) }, (_, code) =>
      Array.from({ length: visible + hidden }, (_, i) => (code >> i) & 1),
    );
    const z = tf.tensor2d(states);
    const likelihood = model.likelihoodAt(tf.expandDims(z, 1)).logProb(x);
    return logSumExp(tf.add(likelihood, tf.expandDims(model.prior.logProb(z), 1)), 0);
  });

const rows = tf.tensor2d([
  [1, 1, 0, 0],
  [0, 0, 1, 1],
]);
const train = { length: 32, batches: (): Iterable<Batch> => [{ x: tf.tile(rows, [16, 1]) }] };

describe('a discrete auto-encoder', () => {
  it.each([
    ['the closed divergence and draws that let gradients through', elbo({ draws: 4 })],
    ['scores of draws', leaveOneOut({ draws: 10 })],
    ['reweighted wake-sleep', wakeSleep({ draws: 10 })],
  ])('learns by %s', async (_, objective) => {
    const model = build(objective);
    expect(tf.neg(tf.mean(exact(model, rows)))).toBeAllClose(pixels * Math.LN2, { abs: 1e-3 });
    await fit(model, { train }, { key: Key.from(4), epochs: 400, learningRate: 0.03 });
    expectNoLeak(() => model.loss({ x: rows }, Key.from(1)));
    const best = tf.mean(exact(model, rows)).dataSync()[0]!;
    // log 2 nats are the least.
    expect(best).toBeGreaterThan(-Math.LN2 - 0.15);
    const { prior, likelihood, posterior } = model;
    const bound = new VAE({ prior, likelihood, posterior, objective: elbo({ draws: 2000 }) });
    expect(-bound.loss({ x: rows }, Key.from(5)).dataSync()[0]!).toBeLessThan(best + 1e-3);
    const estimate = await logLikelihood(Key.from(6), model, rows, { draws: 4000 });
    expect(estimate).toBeAllClose(exact(model, rows), { abs: 0.05 });
  });

  it('teaches a machine whose normaliser is not exact by its loss', () => {
    const model = build(leaveOneOut({ draws: 3 }), { visible: 13, hidden: 14 });
    const { prior } = model;
    const start = prior.namedVariables().get('chains')!;
    const before = tf.clone(start);
    const gradients = (loss: () => tf.Tensor) => {
      start.assign(before);
      const { grads } = tf.variableGrads(() => loss().asScalar(), prior.parameters());
      return prior.parameters().map(({ name }) => grads[name]!);
    };
    const key = Key.from(7);
    const got = gradients(() => model.loss({ x: rows }, key));
    const [forZ, forPrior] = key.split(2);
    const z = model.posteriorAt(rows).sample(forZ, [3]);
    const want = gradients(() => prior.loss({ x: z }, forPrior));
    for (const [i, g] of got.entries()) expect(g).toBeAllClose(want[i]!, { abs: 1e-6 });
    expect(tf.max(tf.abs(got[0]!)).dataSync()[0]).toBeGreaterThan(0.01);
  });
});
