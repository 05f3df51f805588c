import { TimedNetwork } from '@pushforward/nn';
import { Key, parameter, type Tensor, useEngine } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cosineBetas,
  Denoised,
  Denoiser,
  gaussianDenoiser,
  type Levels,
  linearBetas,
  linearLogSnr,
  networkDenoiser,
  type Schedule,
  type VariationalOptions,
  variancePreserving,
  variational,
} from '../index.js';
import { roundedNormal } from './roundedNormal.js';
import { throughNoise, throughNoiseToLevels } from './terms.js';

beforeAll(async () => {
  await useEngine('wasm');
});

const levelsOf = (count: number) => tf.sub(tf.div(tf.range(0, count), (count - 1) / 2), 1);

describe('a rounded normal law', () => {
  it.each([
    [2, 0, 1],
    [256, 0.3, 0.2],
    [256, 0.3, 0.001],
    [256, -7, 0.5],
    [16, 40, 3],
  ])('of %d levels sums to 1: mean %d, deviation %d', (count, mean, deviation) => {
    const logProb = roundedNormal(levelsOf(count), tf.scalar(mean), tf.scalar(deviation), count);
    expect(tf.sum(tf.exp(logProb))).toBeAllClose(1, { abs: 2e-5 });
  });

  it('has the tails of the law: forty-nine deviations away', () => {
    const [count, mean, deviation] = [256, 0.9, 0.02];
    const at = (2 * 115) / 255 - 1;
    // What is further than the near edge of the step, by the first term of Mills' ratio, 1 / z.
    const z = (mean - at - 1 / 255) / deviation;
    const exact = -0.5 * z * z - Math.log(Math.sqrt(2 * Math.PI) * z);
    const logProb = roundedNormal(tf.scalar(at), tf.scalar(mean), tf.scalar(deviation), count);
    expect(z).toBeGreaterThan(40);
    expect(logProb).toBeAllClose(exact, { abs: 1e-3, rel: 1e-6 });
  });

  it('is nowhere beside its levels, and unknown of the unknown', () => {
    const x = tf.tensor1d([-1, -0.9, 1, 1.5, NaN]);
    const told = roundedNormal(x, tf.scalar(0), tf.scalar(1), 3).dataSync();
    expect([...told].map(Number.isFinite)).toEqual([true, false, true, false, false]);
    expect(told[1]).toBe(-Infinity);
    expect(told[3]).toBe(-Infinity);
    expect(told[4]).toBeNaN();
  });
});

/** What there is to know of a fair coin whose sides are -1 and 1: E[x | x_t] = tanh(alpha x_t / sigma^2). */
class Coin extends Denoiser {
  override readonly eventShape = [1];

  constructor(override readonly schedule: Schedule) {
    super();
  }

  override posterior(xt: Tensor, t: Tensor, context?: Tensor, levels?: Levels): Denoised {
    this.check(xt, t, context);
    const place = this.place(t, levels);
    const mean = tf.tanh(tf.div(tf.mul(place.alpha, xt), tf.square(place.sigma)));
    return new Denoised(xt, place, 'data', mean, tf.sub(1, tf.square(mean)));
  }
}

describe('the bound of discrete data', () => {
  const coins = tf.sub(tf.mul(2, tf.floor(tf.mul(2, Key.from(1).uniform([50_000, 1])))), 1);

  it.each([
    ['a schedule that starts with noise', linearLogSnr({ logSnrMax: 6, logSnrMin: -8 }), {}],
    ['one that starts without', variancePreserving(), { start: 0.05 }],
  ] as [string, Schedule, VariationalOptions][])(
    'is log 2 of a coin whose denoiser knows all, in continuous time: %s',
    (_, schedule, options) => {
      const denoiser = new Coin(schedule);
      const objective = variational({ ...options, steps: Infinity, levels: 2 });
      const bounds = Array.from(
        { length: 25 },
        (_, i) => objective.loss(denoiser, { x: coins }, Key.from(i)).dataSync()[0]!,
      );
      const mean = bounds.reduce((sum, bound) => sum + bound, 0) / 25;
      const squares = bounds.reduce((sum, bound) => sum + (bound - mean) ** 2, 0);
      const error = Math.sqrt(squares / 24 / 25);
      // 5 standard errors, which one in 10^4 such tests exceeds, and what x_1 still knows of x.
      expect(error).toBeLessThan(0.005);
      expect(mean).toBeAllClose(Math.LN2, { abs: 5 * error + 1e-3 });
    },
  );

  it.each([
    ['a chain, one step of its at random', linearBetas({ steps: 5, start: 0.02, end: 0.6 }), {}],
    ['of all its steps', linearBetas({ steps: 5, start: 0.02, end: 0.6 }), { terms: 'all' }],
    [
      'of a learned variance',
      variancePreserving(),
      { steps: 5, variance: 'learned', terms: 'all' },
    ],
  ] as [string, Schedule, VariationalOptions][])(
    'is that of the density and the log of a step, where steps are small beside the noise: %s',
    (_, schedule, options) => {
      const denoiser = gaussianDenoiser(
        schedule,
        [0, 0],
        [
          [0.05, 0],
          [0, 0.02],
        ],
      );
      const normal = tf.mul(Key.from(3).normal([500, 2]), [Math.sqrt(0.05), Math.sqrt(0.02)]);
      const x = tf.sub(tf.div(tf.round(tf.mul(127.5, tf.add(normal, 1))), 127.5), 1);
      const losses = (levels?: number) =>
        variational({ ...options, ...(levels && { levels }) }).rowLosses(
          denoiser,
          { x },
          Key.from(4),
        );
      const [discrete, dense] = [tf.mean(losses(256)), tf.mean(losses())];
      expect(tf.sub(discrete, dense)).toBeAllClose(-2 * Math.log(2 / 255), { abs: 0.02 });
    },
  );

  it('sees levels through noise as it does a density, where they are small beside it', () => {
    const denoiser = gaussianDenoiser(linearLogSnr({ logSnrMax: 3 }), [0], [[1]]);
    const x = tf.fill([40_000, 1], 1 / 255);
    const seen = throughNoiseToLevels(denoiser, 0.1, { x, levels: 256 }, Key.from(1));
    // Half a squared normal number has the deviation sqrt(1/2): five standard errors.
    const exact = tf.sub(throughNoise(denoiser, 0.1), Math.log(2 / 255));
    expect(tf.mean(seen)).toBeAllClose(exact, { abs: 5 * Math.sqrt(0.5 / 40_000) + 1e-3 });
  });

  it('has gradients of steps far from the last, whatever is told there', () => {
    // Noise of which nothing is known: the mean of x at t = 1 is some thousands off, where float32 tells no levels apart.
    class Silent extends TimedNetwork {
      override readonly eventShape = [1];
      override readonly outputShape = [1];
      readonly level = parameter(() => tf.tensor1d([0.1]));
      override apply = (x: Tensor) => tf.add(tf.mul(0, x), this.level);
    }
    const network = new Silent();
    const denoiser = networkDenoiser(network, cosineBetas({ steps: 100 }));
    const x = tf.ones([100, 1]);
    const objective = variational({ levels: 65_536 });
    const { value, grads } = tf.variableGrads(
      () => objective.loss(denoiser, { x }, Key.from(1)).asScalar(),
      [network.level],
    );
    expect(Number.isFinite(value.dataSync()[0]!)).toBe(true);
    expect(Number.isFinite(grads[network.level.name]!.dataSync()[0]!)).toBe(true);
  });

  it('is infinite beside the levels', () => {
    const denoiser = gaussianDenoiser(linearBetas({ steps: 5 }), [0], [[1]]);
    const objective = variational({ levels: 256, terms: 'all' });
    const loss = objective.rowLosses(denoiser, { x: tf.tensor2d([[0], [1]]) }, Key.from(1));
    expect([...loss.dataSync()].map(Number.isFinite)).toEqual([false, true]);
  });
});
