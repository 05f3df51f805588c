/** A model as the prior of another: learned behind it, or with it. */
import { conditional, DiagonalNormal, standardNormal } from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { type Batch, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { aggregatedPosterior, elbo, gaussian, type Prior, perceptron, VAE, vae } from '../index.js';

const identity = () => {
  const network = new Linear(Key.from(1), 2, 2, { initialiser: zeros, bias: false });
  network.weight.assign(tf.eye(2));
  return network;
};
const [atPosterior, atLikelihood] = [0.3, 0.1];

/** q(z | x) = N(x, 0.3^2), p(x | z) = N(z, 0.1^2), whatever the prior. */
const firstStage = (prior: Prior, draws = 1) =>
  new VAE({
    prior,
    likelihood: conditional(identity(), gaussian(2, { variance: 'fixed', scale: atLikelihood })),
    posterior: conditional(identity(), (h) => new DiagonalNormal(h, atPosterior)),
    objective: elbo({ draws }),
  });

/** Of one latent and linear networks: its laws of two numbers are all the normal ones. */
const secondStage = () =>
  vae(Key.from(2), {
    likelihood: gaussian(2),
    latent: 1,
    encoder: perceptron([]),
    decoder: perceptron([]),
  });

const rowsOf = (x: tf.Tensor) => ({
  length: x.shape[0],
  *batches(_key: Key, size: number): Iterable<Batch> {
    for (let i = 0; i < x.shape[0]; i += size) yield { x: tf.slice(x, i, size) };
  },
});

/** x of variances 1.6 and 0.9 and covariance 0.9. */
const data = (rows: number) => {
  const root = tf.tensor2d([
    [Math.sqrt(1.6), 0],
    [0.9 / Math.sqrt(1.6), Math.sqrt(0.9 - 0.81 / 1.6)],
  ]);
  return tf.matMul(Key.from(3).normal([rows, 2]), root, false, true);
};

describe('a model as a prior', () => {
  it('learns the aggregated posterior behind the first, and lowers its bound by what that was off', async () => {
    const x = data(1000);
    const before = firstStage(standardNormal([2]), 50);
    const z = tf.tidy(() => aggregatedPosterior(before, x).sample(Key.from(4), [4000]));
    const second = secondStage();
    const options = { key: Key.from(5), batchSize: 200, adam: { beta1: 0.5, beta2: 0.9 } };
    await fit(second, { train: rowsOf(z) }, { ...options, epochs: 40, learningRate: 0.03 });
    await fit(second, { train: rowsOf(z) }, { ...options, epochs: 20, learningRate: 0.003 });

    const both = firstStage(second, 50);
    const lossOf = (model: VAE) => model.loss({ x }, Key.from(6)).dataSync()[0]!;
    // q(z) is nearly N(m, S): KL(q(z) || N(0, I)) = (tr S + |m|^2 - log det S) / 2 - 1 is what the second stage can
    // save.
    const { mean, variance } = tf.moments(z, 0);
    const centred = tf.sub(z, mean);
    const cross = tf.mean(tf.prod(centred, 1)).dataSync()[0]!;
    const [a, b] = [...variance.dataSync()] as [number, number];
    const square = tf.sum(tf.square(mean)).dataSync()[0]!;
    const saved = 0.5 * (a + b + square - Math.log(a * b - cross ** 2)) - 1;
    expect(saved).toBeGreaterThan(0.3);
    expect(lossOf(before) - lossOf(both)).toBeAllClose(saved, { abs: 0.03 });

    // u -> z -> x has the spread of the data and of both laws that it went through.
    const generated = both.sample(Key.from(7), [20_000]);
    expect(generated.shape).toEqual([20_000, 2]);
    const noise = atLikelihood ** 2;
    expect(tf.moments(generated, 0).variance).toBeAllClose([a + noise, b + noise], { rel: 0.07 });
    expectNoLeak(() => both.loss({ x }, Key.from(1)));
    expectNoLeak(() => both.sample(Key.from(1), [3]));
  });

  it('is trained with the first, compiled as eagerly, and hears of epochs', async () => {
    const x = data(60);
    const losses = async (compile: boolean) => {
      const prior = vae(Key.from(2), {
        likelihood: gaussian(2),
        latent: 2,
        encoder: perceptron([4]),
        decoder: perceptron([4]),
        objective: elbo({ annealing: 2 }),
      });
      const model = firstStage(prior);
      const paths = [...model.namedParameters().keys()];
      expect(paths.some((path) => path.startsWith('prior.prior'))).toBe(false);
      expect(paths.some((path) => path.startsWith('prior.posterior'))).toBe(true);
      const { history } = await fit(
        model,
        { train: rowsOf(x) },
        { key: Key.from(8), epochs: 3, batchSize: 20, compile },
      );
      expect(prior.objective.namedVariables().get('weight')!.dataSync()[0]).toBe(1);
      return history.map(({ trainLoss }) => trainLoss);
    };
    const eager = await losses(false);
    expect(eager.every(Number.isFinite)).toBe(true);
    expect(await losses(true)).toBeAllClose(eager, { abs: 1e-4, rel: 1e-4 });
  });

  it('has no density, and says what there is', () => {
    expect(() => secondStage().logProb()).toThrow(OptionError);
    expect(() => firstStage(secondStage()).prior.sampleAndLogProb(Key.from(1))).toThrow(
      /logLikelihood/,
    );
  });
});
