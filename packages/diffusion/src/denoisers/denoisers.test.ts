import { DomainError, Key, ShapeError } from '@pushforward/tensors';
import { describeGolden, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Affine, goldenSchedule } from '../../test/golden.js';
import { schedules } from '../../test/schedules.js';
import {
  cosine,
  Denoised,
  gaussianDenoiser,
  networkDenoiser,
  type Prediction,
  variancePreserving,
} from '../index.js';

const forms: readonly Prediction[] = ['noise', 'data', 'velocity', 'score', 'flow'];

const identity = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

describe('Denoised', () => {
  const x = Key.from(1).normal([6, 3]);
  const eps = Key.from(2).normal([6, 3]);
  const t = tf.tensor1d([0.05, 0.2, 0.4, 0.6, 0.8, 0.95]);

  onEachEngine(() => {
    it.each(Object.entries(schedules))(
      'converts each form into all others, and knows how wrong each is: %s',
      (_, make) => {
        const denoiser = gaussianDenoiser(make(), [0, 0, 0], identity);
        const place = denoiser.place(t);
        const { alpha, sigma } = place;
        const slopes = place.slopes();
        const xt = tf.add(tf.mul(alpha, x), tf.mul(sigma, eps));
        const rate = tf.div(tf.mul(0.5, slopes.variance), sigma);
        const truth = {
          noise: eps,
          data: x,
          velocity: tf.sub(tf.mul(alpha, eps), tf.mul(sigma, x)),
          score: tf.neg(tf.div(eps, sigma)),
          flow: tf.add(tf.mul(slopes.alpha, x), tf.mul(rate, eps)),
        };
        for (const from of forms) {
          const told = new Denoised(xt, place, from, truth[from]);
          const all = {
            noise: told.noise,
            data: told.mean,
            velocity: told.velocity,
            score: told.score,
            flow: told.flow,
          };
          for (const to of forms) {
            // A form that says little of the other at an end loses digits there.
            const size = tf.max(tf.abs(truth[to])).dataSync()[0]!;
            expect(all[to]).toBeAllClose(truth[to], { abs: 1e-3 * Math.max(1, size), rel: 1e-3 });
          }
          // Of a prediction that is wrong, the errors by definition.
          const wrong = new Denoised(xt, place, from, tf.add(truth[from], 0.5));
          const guess = {
            noise: wrong.noise,
            data: wrong.mean,
            velocity: wrong.velocity,
            score: wrong.score,
            flow: wrong.flow,
          };
          for (const to of forms) {
            const expected = tf.squaredDifference(guess[to], truth[to]);
            const size = tf.max(expected).dataSync()[0]!;
            expect(wrong.squaredErrors(to, x, eps)).toBeAllClose(expected, {
              abs: 1e-3 * size,
              rel: 2e-2,
            });
          }
        }
      },
    );
  });
});

describeGolden('t14_diffusion', ({ cases, tolerance }) => {
  const named = (start: string) => cases.filter(({ name }) => name.startsWith(start));

  onEachEngine(() => {
    it.each(named('ddpm toy'))('$name', ({ params, input, output }) => {
      const schedule = goldenSchedule(params);
      const T = params.number('T');
      const denoiser = networkDenoiser(new Affine(params), schedule);
      const t = tf.div(tf.add(input.tensor('t'), 1), T);
      const { alpha, sigma } = denoiser.place(t);
      const xt = tf.add(tf.mul(alpha, input.tensor('x0')), tf.mul(sigma, input.tensor('eps')));
      expect(xt).toBeAllClose(output.matrix('x_t'), tolerance);
      const denoised = denoiser.posterior(xt, t);
      expect(denoised.noise).toBeAllClose(output.matrix('eps_pred'), tolerance);
      const predicted = output.matrix('x0_pred');
      expect(denoised.mean).toBeAllClose(predicted, tolerance);
      const velocity = new Denoised(xt, denoiser.place(t), 'noise', input.tensor('eps')).velocity;
      expect(velocity).toBeAllClose(output.matrix('v_target'), tolerance);
    });

    it.each(named('gaussian ddpm'))('$name', ({ params, input, output }) => {
      const denoiser = gaussianDenoiser(
        goldenSchedule(params),
        params.vector('mean'),
        params.matrix('cov'),
      );
      const t = tf.div(tf.add(input.tensor('t_for_eps'), 1), params.number('T'));
      const { noise } = denoiser.posterior(input.tensor('x_for_eps'), t);
      expect(noise).toBeAllClose(output.matrix('optimal_eps'), tolerance);
    });
  });
});

describe('gaussianDenoiser', () => {
  const covariance = [
    [2, 0.8],
    [0.8, 0.5],
  ];

  it.each(Object.entries(schedules))('knows the law of x given x_t: %s', (_, make) => {
    const schedule = make();
    const denoiser = gaussianDenoiser(schedule, [1, -2], covariance);
    const xt = Key.from(3).normal([4, 2]);
    for (const time of [0.3, 0.7, 0.999]) {
      const { alpha, sigma } = schedule.at(tf.scalar(time));
      const [a, s] = [alpha.dataSync()[0]!, sigma.dataSync()[0]!];
      // K = a^2 S + s^2 I, inverted by hand.
      const [[p, q], [, r]] = covariance.map((row, i) =>
        row.map((c, j) => a * a * c + (i === j ? s * s : 0)),
      ) as [[number, number], [number, number]];
      const determinant = p * r - q * q;
      const inverse = tf.tensor2d([r, -q, -q, p], [2, 2]).div(determinant);
      const away = tf.sub(xt, tf.mul(a, [1, -2]));
      const gain = tf.matMul(tf.tensor2d(covariance), inverse);
      const mean = tf.add([1, -2], tf.mul(a, tf.matMul(away as tf.Tensor2D, gain, false, true)));
      const got = denoiser.posterior(xt, tf.scalar(time));
      expect(got.mean).toBeAllClose(mean, { abs: 3e-3 });
      expect(got.score).toBeAllClose(
        tf.neg(tf.matMul(away as tf.Tensor2D, inverse as tf.Tensor2D)),
        {
          abs: 1e-4,
          rel: 1e-3,
        },
      );
      const left = tf.mul(s * s, gain).arraySync() as number[][];
      expect(got.variance!).toBeAllClose(
        Array.from({ length: 4 }, () => [left[0]![0]!, left[1]![1]!]),
        { abs: 1e-5, rel: 1e-4 },
      );
    }
  });

  it('knows how much of each number is left open, by rotations that are not symmetric', () => {
    // At alpha = sigma the variance of x given x_t is S (S + I)^-1 = I - (S + I)^-1.
    const S = [
      [2, 0.5, 0.3],
      [0.5, 1, -0.4],
      [0.3, -0.4, 0.6],
    ];
    const schedule = cosine();
    const { variance } = gaussianDenoiser(schedule, [0, 0, 0], S).posterior(
      tf.zeros([1, 3]),
      tf.scalar(0.5),
    );
    const [[a, b, c], [, d, e], [, , f]] = S.map((row, i) =>
      row.map((value, j) => value + (i === j ? 1 : 0)),
    ) as [[number, number, number], [number, number, number], [number, number, number]];
    const determinant = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d);
    const inverse = [d * f - e * e, a * f - c * c, a * d - b * b].map((m) => m / determinant);
    // At t = 1/2 both levels are sqrt(1/2).
    expect(variance!).toBeAllClose([inverse.map((p) => 1 - p)], { abs: 1e-5 });
  });

  it('refuses what is no covariance', () => {
    const schedule = variancePreserving();
    expect(() => gaussianDenoiser(schedule, [1, 2], [[1]])).toThrow(ShapeError);
    expect(() => gaussianDenoiser(schedule, [], [])).toThrow(ShapeError);
    expect(() => gaussianDenoiser(schedule, [1], [[-1]])).toThrow('eigenvalues must be >= 0');
    expect(() => gaussianDenoiser(schedule, [Number.NaN], [[1]])).toThrow(DomainError);
    const skew = [
      [1, 0.5],
      [0, 1],
    ];
    expect(() => gaussianDenoiser(schedule, [0, 0], skew)).toThrow('symmetric');
    expect(() => gaussianDenoiser(schedule, [0], [[1]]).posterior(tf.zeros([3, 2]), t0)).toThrow(
      ShapeError,
    );
  });
  const t0 = tf.scalar(0.5);
});
