import { Affine, chain, Exp } from '@pushforward/bijectors';
import {
  conditional,
  DiagonalNormal,
  pushforward,
  standardNormal,
} from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { linearGaussian } from '../../test/linearGaussian.js';
import {
  aggregatedPosterior,
  bernoulli,
  gaussian,
  latentReport,
  logLikelihood,
  perceptron,
  VAE,
  vae,
} from '../index.js';

describeGolden('t15_vae', ({ cases }) => {
  onEachEngine(() => {
    it.each(cases.filter(({ name }) => name.startsWith('ppca')).slice(0, 2))(
      '$name: log p(x) by importance sampling',
      async ({ params, input, output }) => {
        const { model } = linearGaussian(params);
        const x = input.tensor('x');
        const run = (draws: number, seed: number) =>
          logLikelihood(Key.from(seed), model, x, { draws, drawsAtOnce: 500, rowsAtOnce: 3 });
        const exact = output.tensor('log_marginal');
        // The standard deviation of one estimate, from ten of a tenth of the draws.
        const few = tf.stack(await Promise.all([1, 2, 3, 4, 5].map((seed) => run(400, seed))));
        const error = tf.sqrt(tf.div(tf.moments(few, 0).variance, 5));
        const got = await run(4000, 9);
        const z = tf.div(tf.sub(got, exact), tf.add(error, 1e-4));
        // The error of 4,000 draws is that of 400 times 0.3.
        expect(Math.max(...tf.abs(z).dataSync())).toBeLessThan(3);
        // Few draws are too low on average.
        expect(tf.mean(tf.sub(tf.mean(few, 0), exact)).dataSync()[0]!).toBeLessThan(0.02);
      },
    );
  });

  it('is the same compiled or not, in pieces of any size', async () => {
    const { params, input } = cases.find(({ name }) => name === 'ppca D5 L2')!;
    const { model } = linearGaussian(params);
    const x = input.tensor('x');
    const options = { draws: 70, drawsAtOnce: 30, rowsAtOnce: 3 };
    const compiled = await logLikelihood(Key.from(1), model, x, options);
    const eager = await logLikelihood(Key.from(1), model, x, { ...options, compile: false });
    expect(compiled).toBeAllClose(eager, { abs: 1e-4 });
    await expectNoLeak(() => logLikelihood(Key.from(1), model, x, { ...options, compile: false }));
  });
});

/** p(z) = N(0, 1), x | z, c ~ N(z + c, 1) and the exact posterior N((x - c) / 2, 1 / 2), whatever the context c. */
function ofContext(): VAE {
  const linear = (weights: number[]) => {
    const network = new Linear(Key.from(1), 2, 1, { initialiser: zeros, bias: false });
    network.weight.assign(tf.tensor2d(weights, [2, 1]));
    return network;
  };
  return new VAE({
    prior: standardNormal([1]),
    likelihood: conditional(linear([1, 1]), gaussian(1, { variance: 'fixed' })),
    posterior: conditional(linear([0.5, -0.5]), (h) => new DiagonalNormal(h, Math.SQRT1_2)),
  });
}

/** Rows [N, 1] and contexts far from each other. */
function rowsOf(n: number) {
  const context = tf.mul(5, Key.from(6).normal([n, 1]));
  return { context, x: tf.add(context, tf.mul(Math.SQRT2, Key.from(7).normal([n, 1]))) };
}

describe('logLikelihood', () => {
  it('gives each row its context', async () => {
    const { x, context } = rowsOf(5);
    const options = { context, draws: 3, drawsAtOnce: 2, rowsAtOnce: 2, compile: false };
    const model = ofContext();
    const got = await logLikelihood(Key.from(1), model, x, options);
    const exact = new DiagonalNormal(context, Math.SQRT2).logProb(x);
    // At the exact posterior all weights are p(x).
    expect(got).toBeAllClose(exact, { abs: 1e-5 });
    await expectNoLeak(() => logLikelihood(Key.from(1), model, x, options));
  });

  it('has draws of its own for each piece of draws and of rows', async () => {
    const x = tf.ones([4, 1]);
    const estimate = async (draws: number) =>
      valuesOf(
        await logLikelihood(Key.from(1), linear(0, 1, 1), x, {
          ...{ draws, drawsAtOnce: 4, rowsAtOnce: 2, compile: false },
        }),
      );
    const [four, eight] = [await estimate(4), await estimate(8)];
    expect(new Set(four).size).toBe(4);
    expect(eight[0]).not.toBeCloseTo(four[0]!, 4);
  });
});

/**
 * q(z | x) = N(a x, s^2) in each of two numbers of which the second ignores x; p(z) = N(0, 1), x | z ~ N(w z_1, 1).
 */
function linear(a: number, s: number, w = 0): VAE {
  const start = { initialiser: zeros, bias: zeros };
  const encoder = new Linear(Key.from(1), 1, 2, start);
  encoder.weight.assign(tf.tensor2d([[a, 0]]));
  const decoder = new Linear(Key.from(1), 2, 1, start);
  decoder.weight.assign(tf.tensor2d([[w], [0]]));
  return new VAE({
    prior: standardNormal([2]),
    likelihood: conditional(decoder, gaussian(1, { variance: 'fixed' })),
    posterior: conditional(encoder, (h) => new DiagonalNormal(h, s)),
  });
}

describe('latentReport', () => {
  onEachEngine(() => {
    it('takes the divergence apart', async () => {
      const [a, s] = [0.8, 0.5];
      const model = linear(a, s);
      const n = 500;
      const x = Key.from(3).normal([n, 1]);
      const report = await latentReport(Key.from(4), model, x, { draws: 4 });
      const variance = tf.moments(x).variance.dataSync()[0]!;
      const information = 0.5 * Math.log(1 + (a * a * variance) / (s * s));
      const kl = (spread: number) => 0.5 * (spread - 1 - Math.log(s * s));
      const divergences = [kl(a * a * variance + s * s), kl(s * s)];
      expect(report.divergences).toBeAllClose(divergences, { abs: 0.02 });
      // 2,000 draws of deviation about 1.
      expect(report.divergence).toBeAllClose(divergences[0]! + divergences[1]!, { abs: 0.1 });
      expect(report.mutualInformation).toBeAllClose(information, { abs: 0.1 });
      expect(report.aggregatedDivergence + report.mutualInformation).toBeAllClose(
        report.divergence,
        { abs: 1e-5 },
      );
      expect(report.meanVariances).toBeAllClose([a * a * variance, 0], { abs: 1e-4 });
      expect(report.activeUnits).toBe(1);
      const strict = await latentReport(Key.from(4), model, x, { threshold: 1 });
      expect(strict.activeUnits).toBe(0);
      const rows = tf.tidy(() => tf.mean(model.likelihoodAt(tf.zeros([1, 2])).logProb(x)));
      expect(report.reconstruction).toBeAllClose(rows.dataSync()[0]!, { abs: 1e-4 });
      // Its likelihood has no weight on z.
      expect(report.likelihoodDeviation).toBeAllClose(0, { abs: 1e-3 });
    });

    it('tells a likelihood that listens from one that does not', async () => {
      // log N(x; w z, 1) of z ~ N(0, 1) has variance w^4 / 2 + x^2 w^2.
      const w = 0.7;
      const model = linear(0, 1, w);
      const x = Key.from(5).normal([500, 1]);
      const square = tf.mean(tf.square(x)).dataSync()[0]!;
      let variance = 0;
      for (let seed = 0; seed < 10; seed++) {
        const report = await latentReport(Key.from(seed), model, x);
        variance += report.likelihoodDeviation ** 2 / 10;
        // The posterior says nothing, whatever the likelihood would hear.
        expect(report.mutualInformation).toBeAllClose(0, { abs: 1e-4 });
      }
      // 5,000 variances of 16 draws, of a relative deviation of about 0.6 each: five standard errors.
      expect(variance).toBeAllClose(w ** 4 / 2 + square * w ** 2, { rel: 0.043 });
    });

    it('shows each law its context', async () => {
      const { x, context } = rowsOf(500);
      const report = await latentReport(Key.from(4), ofContext(), x, { context });
      const off = tf.mean(tf.square(tf.sub(x, context))).dataSync()[0]!;
      // log N(x; z + c, 1) of z ~ N(0, 1) has variance 1 / 2 + (x - c)^2, as above.
      expect(report.likelihoodDeviation).toBeAllClose(Math.sqrt(0.5 + off), { rel: 0.07 });
      const divergence = 0.5 * (0.5 + off / 4 - 1 + Math.LN2);
      expect(report.divergences).toBeAllClose([divergence], { abs: 1e-4 });
      const reconstruction = -0.5 * Math.log(2 * Math.PI) - 0.5 * (off / 4 + 0.5);
      // 500 squares, halved, of deviation below 2.
      expect(report.reconstruction).toBeAllClose(reconstruction, { abs: 0.4 });
    });

    it('counts latents of a posterior whose means have no closed form', async () => {
      // z_1 = e^(0.3 (x + 0.5 e_1)), whose mean varies by that of e^(0.3 x) times e^0.01125; z_2 ignores x.
      const mapped = new VAE({
        prior: standardNormal([2]),
        likelihood: linear(0, 1).likelihood,
        posterior: pushforward(linear(1, 0.5).posterior, chain([new Affine(0, 0.3), new Exp()])),
      });
      const x = Key.from(5).normal([500, 1]);
      const { meanVariances, activeUnits } = await latentReport(Key.from(4), mapped, x);
      const expected = tf.moments(tf.exp(tf.add(tf.mul(0.3, x), 0.01125))).variance;
      expect(meanVariances[0]).toBeAllClose(expected, { rel: 0.05 });
      expect(meanVariances[1]).toBeAllClose(0, { abs: 1e-4 });
      expect(activeUnits).toBe(1);
    });

    it('sees a collapsed posterior', async () => {
      const networks = { encoder: perceptron([8]), decoder: perceptron([8]) };
      const model = vae(Key.from(1), { likelihood: bernoulli(6), latent: 2, ...networks });
      const x = Key.from(2).bernoulli(0.5, [50, 6]);
      const report = await latentReport(Key.from(3), model, x);
      for (const nothing of [
        report.divergence,
        report.mutualInformation,
        report.aggregatedDivergence,
        ...report.divergences,
        ...report.meanVariances,
        report.activeUnits,
        report.likelihoodDeviation,
      ])
        expect(nothing).toBeAllClose(0, { abs: 1e-5 });
      await expectNoLeak(() => latentReport(Key.from(3), model, x));
    });
  });

  it('refuses options that make no sense', async () => {
    const model = linear(1, 1);
    const x = tf.zeros([2, 1]);
    await expect(latentReport(Key.from(1), model, x, { k: 1 } as never)).rejects.toThrow(
      OptionError,
    );
    await expect(latentReport(Key.from(1), model, x, { draws: 0 })).rejects.toThrow(DomainError);
    await expect(logLikelihood(Key.from(1), model, x, { draws: 0.5 })).rejects.toThrow(DomainError);
    await expect(logLikelihood(Key.from(1), model, x, { k: 1 } as never)).rejects.toThrow(
      OptionError,
    );
    const ofRows = (x: tf.Tensor, context: tf.Tensor) =>
      expect(logLikelihood(Key.from(1), ofContext(), x, { context, draws: 2, compile: false }));
    await ofRows(tf.zeros([1]), tf.zeros([1])).rejects.toThrow(ShapeError);
    await ofRows(tf.zeros([4, 1]), tf.zeros([3, 1])).rejects.toThrow(ShapeError);
    await ofRows(tf.zeros([4, 2, 1]), tf.zeros([4, 2, 1])).rejects.toThrow(ShapeError);
    const single = logLikelihood(Key.from(1), model, tf.zeros([1]), { draws: 2, compile: false });
    await expect(latentReport(Key.from(1), model, tf.zeros([1]))).rejects.toThrow(ShapeError);
    await expect(single).rejects.toThrow(ShapeError);
  });
});

describe('aggregatedPosterior', () => {
  it('is the mixture of the posteriors of the rows', () => {
    const model = linear(2, 0.3);
    const x = tf.tensor2d([[-1], [1]]);
    const z = aggregatedPosterior(model, x).sample(Key.from(1), [20_000]);
    const { mean, variance } = tf.moments(z, 0);
    expect(mean).toBeAllClose([0, 0], { abs: 0.07 });
    expect(variance).toBeAllClose([4.09, 0.09], { rel: 0.05 });
    expect(() => aggregatedPosterior(model, tf.zeros([1]))).toThrow(ShapeError);
  });
});
