import { Mixture, Normal, standardNormal } from '@pushforward/distributions';
import { type Batch, DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { expectSameCompiled } from '../../test/compiled.js';
import { bernoulli, energyPrior, perceptron, vae } from '../index.js';

/** f(z) = w z: the law is N(w, I) and log Z = |w|^2 / 2. */
const w = [0.8, -0.5];
function linear(options: { steps?: number; stepSize?: number; chains?: number } = {}) {
  const prior = energyPrior(Key.from(1), { features: 2, network: perceptron([]), ...options });
  prior.network
    .namedParameters()
    .get('path.weight')!
    .assign(tf.tensor2d(w, [2, 1]));
  return prior;
}

/** Mean and variance of a chain on N(w, 1) that starts from N(0, 1). */
function chainOf(steps: number, stepSize: number) {
  const shrink = 1 - stepSize ** 2 / 2;
  let variance = 1;
  for (let i = 0; i < steps; i++) variance = shrink ** 2 * variance + stepSize ** 2;
  return { way: 1 - shrink ** steps, variance };
}

describe('energyPrior', () => {
  onEachEngine(() => {
    it('starts as N(0, I)', () => {
      const prior = energyPrior(Key.from(1), { features: 3, network: perceptron([8]) });
      const z = Key.from(2).normal([4, 5, 3]);
      expect(prior.logProb(z)).toBeAllClose(standardNormal([3]).logProb(z), { abs: 1e-5 });
      const entropy = 1.5 * Math.log(2 * Math.PI * Math.E);
      const rows = Key.from(3).normal([4000, 3]);
      // -log p has a deviation of 1.2.
      expect(prior.loss({ x: rows }, Key.from(4))).toBeAllClose(entropy, { abs: 0.08 });
      // Steps of 0.4 end at a variance of 1 / (1 - 0.4^2 / 4): five standard errors of 6000 squares.
      const draws = prior.sample(Key.from(5), [2000]);
      expect(tf.mean(tf.square(draws))).toBeAllClose(1 / 0.96, { rel: 5 * Math.sqrt(2 / 6000) });
    });

    it('is normalised, and its chains are where they are known to be', () => {
      const prior = linear();
      const half = 0.5 * (w[0]! ** 2 + w[1]! ** 2);
      prior.calibrate(Key.from(2), 40_000);
      // Weights e^(w z) have a relative deviation of sqrt(e^|w|^2 - 1) = 1.2: five standard errors.
      expect(prior.logNormaliser).toBeAllClose(half, { abs: 0.03 });
      const z = Key.from(3).normal([6, 2]);
      const expected = standardNormal([2]).logProb(tf.sub(z, w));
      expect(prior.logProb(z)).toBeAllClose(expected, { abs: 0.03 });
      for (const [steps, stepSize] of [
        [3, 0.5],
        [60, 0.4],
      ] as const) {
        const draws = linear({ steps, stepSize }).sample(Key.from(4), [200, 40]);
        expect(draws.shape).toEqual([200, 40, 2]);
        const { mean, variance } = tf.moments(tf.reshape(draws, [-1, 2]), 0);
        const chain = chainOf(steps, stepSize);
        // 8,000 draws of variance about 1: five standard errors.
        expect(mean).toBeAllClose([chain.way * w[0]!, chain.way * w[1]!], { abs: 0.057 });
        expect(variance).toBeAllClose([chain.variance, chain.variance], { rel: 0.08 });
      }
    });

    it('descends the divergence: chains in place of Z', () => {
      const [steps, stepSize, chains] = [20, 0.5, 4000];
      const prior = linear({ steps, stepSize, chains });
      const weight = prior.network.namedParameters().get('path.weight')!;
      const x = tf.add(Key.from(5).normal([300, 2]), 1);
      const run = () =>
        tf.variableGrads(() => prior.loss({ x }, Key.from(6)).asScalar(), prior.parameters());
      expectNoLeak(run);
      const { value, grads } = run();
      // d/dw (log Z - w mean x), with the mean of the chains' ends as the gradient of log Z.
      const { way, variance } = chainOf(steps, stepSize);
      const expected = tf.sub(tf.mul(way, w), tf.mean(x, 0));
      const error = Math.sqrt(variance / chains);
      expect(tf.squeeze(grads[weight.name]!)).toBeAllClose(expected, { abs: 5 * error });
      const exact = tf.neg(tf.mean(standardNormal([2]).logProb(tf.sub(x, w))));
      expect(value).toBeAllClose(exact, { abs: 0.1 });
    });

    it('is not changed through its density, whose normaliser is stored', () => {
      const prior = linear();
      const z = tf.variable(Key.from(1).normal([3, 2]));
      const { grads } = tf.variableGrads(
        () => tf.sum(prior.logProb(z)).asScalar(),
        [...prior.parameters(), z],
      );
      expect(Object.keys(grads)).toEqual([z.name]);
      expect(grads[z.name]!).toBeAllClose(tf.sub(w, z), { abs: 1e-5 });
    });

    it('leaves no tensor behind', () => {
      const prior = linear({ steps: 3 });
      const z = Key.from(1).normal([4, 2]);
      expectNoLeak(() => prior.logProb(z));
      expectNoLeak(() => prior.sample(Key.from(1), [3]));
      expectNoLeak(() => prior.loss({ x: z }, Key.from(1)));
      expectNoLeak(() => {
        prior.calibrate(Key.from(1), 10);
      });
    });
  });

  it('learns two peaks from draws, and is then a density', async () => {
    const truth = new Mixture([0, 0], new Normal([-1.5, 1.5], 0.5));
    const x = tf.reshape(truth.sample(Key.from(1), [2000]), [-1, 1]);
    const train = {
      length: 2000,
      *batches(_key: Key, size: number): Iterable<Batch> {
        for (let i = 0; i < 2000; i += size) yield { x: tf.slice(x, i, size) };
      },
    };
    const network = perceptron([16, 16], 'elu');
    const prior = energyPrior(Key.from(2), { features: 1, network, stepSize: 0.2, chains: 200 });
    await fit(
      prior,
      { train },
      { key: Key.from(3), epochs: 30, batchSize: 200, learningRate: 0.01 },
    );
    prior.calibrate(Key.from(4), 100_000);
    const grid = tf.linspace(-6, 6, 1201);
    const logProb = prior.logProb(tf.reshape(grid, [-1, 1]));
    const integral = tf.mul(0.01, tf.sum(tf.exp(logProb)));
    expect(integral).toBeAllClose(1, { abs: 0.02 });
    const p = tf.exp(truth.logProb(grid));
    const divergence = tf.mul(0.01, tf.sum(tf.mul(p, tf.sub(truth.logProb(grid), logProb))));
    // N(0, I) is 0.74 away.
    expect(divergence.dataSync()[0]).toBeLessThan(0.1);
  });

  it('is compiled what it is eagerly, as a prior that learns along', async () => {
    const prior = energyPrior(Key.from(1), {
      features: 2,
      network: perceptron([6], 'elu'),
      steps: 4,
      chains: 5,
    });
    const networks = { encoder: perceptron([6]), decoder: perceptron([6]) };
    const model = vae(Key.from(2), { ...networks, likelihood: bernoulli(5), latent: 2, prior });
    await expectSameCompiled(model);
  });

  it('refuses options that make no sense', () => {
    expect(() => energyPrior(Key.from(1), { features: 0 })).toThrow(DomainError);
    expect(() => energyPrior(Key.from(1), { features: 1, steps: 0 })).toThrow(DomainError);
    expect(() => energyPrior(Key.from(1), { features: 1, stepSize: -1 })).toThrow(DomainError);
    expect(() => energyPrior(Key.from(1), { features: 1, chains: 0 })).toThrow(DomainError);
    expect(() => energyPrior(Key.from(1), { features: 1, k: 0 } as never)).toThrow(OptionError);
    expect(() => {
      linear().calibrate(Key.from(1), 0);
    }).toThrow(DomainError);
  });
});
