import { Key, useEngine } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { diagonal, expected, expectedSteps, total } from '../../test/expectations.js';
import type { Normal } from '../../test/moments.js';
import { schedules } from '../../test/schedules.js';
import {
  type AncestralVariance,
  cosineBetas,
  gaussianDenoiser,
  linearBetas,
  type Schedule,
  type VariationalOptions,
  variational,
} from '../index.js';
import { priorTerm, throughNoise } from './terms.js';

beforeAll(async () => {
  await useEngine('wasm');
});

describe('bounds of a chain that knows all', () => {
  const law: Normal = { mean: [0.4, -1], covariance: diagonal([1.6, 0.3]) };
  const entropy = 0.5 * (2 * Math.log(2 * Math.PI * Math.E) + Math.log(1.6 * 0.3));

  it.each(Object.entries(schedules))(
    'are the entropy and what the prior is off by, for any number of steps: %s',
    (_, make) => {
      const schedule = make();
      const denoiser = gaussianDenoiser(schedule, law.mean, law.covariance);
      const { alpha, sigma } = schedule.at(tf.scalar(1));
      const [a2, s2] = [alpha.dataSync()[0]! ** 2, sigma.dataSync()[0]! ** 2];
      const prior = schedule.priorScale().dataSync()[0]! ** 2;
      // KL(N(a m, a^2 S + s^2) || N(0, prior)).
      const off = law.mean.map((mean, i) => {
        const ratio = (a2 * law.covariance[i]![i]! + s2) / prior;
        return 0.5 * (ratio + (a2 * mean ** 2) / prior - 1 - Math.log(ratio));
      });
      // A start with noise sees x through it: there the law of x given x_0 is a wider one than it should be.
      const { alpha: first, sigma: noise } = schedule.at(tf.scalar(0));
      const blur = (noise.dataSync()[0]! / first.dataSync()[0]!) ** 2;
      const lost = law.covariance.map((row, i) => {
        const own = row[i]!;
        // E[-log N(x; x_0 / a, b)] + H(x_0) - H(x_0 | x) less H(x).
        return 0.5 * Math.log((own + blur) / own);
      });
      const exact = entropy + off[0]! + off[1]! + lost[0]! + lost[1]!;
      for (const count of [1, 3, 10]) {
        const bound =
          expected(law, (x) => priorTerm(denoiser, x)) +
          total(expectedSteps(denoiser, law, count, 'learned')) +
          throughNoise(denoiser, 0).dataSync()[0]!;
        expect(bound).toBeAllClose(exact, { abs: 3e-3 });
      }
    },
  );
});

describe('bounds of a chain of fixed variance', () => {
  /** What a bound of so many normal numbers is above their entropy. */
  const gap = (schedule: Schedule, deviations: number[], variance: AncestralVariance) => {
    const covariance = diagonal(deviations.map((deviation) => deviation ** 2));
    const law: Normal = { mean: deviations.map(() => 0), covariance };
    const denoiser = gaussianDenoiser(schedule, law.mean, covariance);
    const prior = expected(law, (x) => priorTerm(denoiser, x));
    const bound = prior + total(expectedSteps(denoiser, law, schedule.steps!, variance));
    const entropies = deviations.map((d) => 0.5 * Math.log(2 * Math.PI * Math.E * d * d));
    return bound - total(entropies);
  };

  it('are close to the entropy of smooth data with beta, and a nat for each number off without', () => {
    // By the formulas of the chain in double precision; the last are points to the first noise.
    const of = (deviation: number) =>
      (['beta', 'posterior'] as const).map((variance) =>
        gap(linearBetas({ steps: 100 }), [deviation, deviation], variance),
      );
    expect([1, 0.3, 0.1, 0.01].map(of)).toBeAllClose(
      [
        [0, 2.693],
        [0.074, 2.255],
        [0.364, 1.219],
        [2.815, 1.491],
      ],
      { abs: 2e-3 },
    );
  });

  it('know the last step where float32 does not have T times 1 / T as 1', () => {
    expect(Math.fround(Math.fround(1 / 41) * 41)).not.toBe(1);
    expect(gap(linearBetas({ steps: 41 }), [1], 'beta')).toBeAllClose(0, { abs: 1e-3 });
  });

  it('take the larger one unless they are told', () => {
    const denoiser = gaussianDenoiser(linearBetas({ steps: 5 }), [0, 0], diagonal([1, 1]));
    const x = Key.from(1).normal([10, 2]);
    const rows = (options?: VariationalOptions) =>
      variational(options).rowLosses(denoiser, { x }, Key.from(2));
    expect(rows()).toBeAllClose(rows({ variance: 'beta' }), {});
  });

  it('lose none of the digits that count to thousands of steps, whose betas float32 knows to a few parts in 1e4', () => {
    // The chain is exact: nothing is left of the bound, 1.42, but what it loses.
    expect(gap(cosineBetas({ steps: 4000 }), [1], 'learned')).toBeAllClose(0, { abs: 1.4e-4 });
  });
});
