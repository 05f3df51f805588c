import { TimedMLP, TimedNetwork } from '@pushforward/nn';
import { DomainError, Key, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Affine, goldenSchedule } from '../../test/golden.js';
import { schedules } from '../../test/schedules.js';
import {
  cosine,
  Denoised,
  gaussianDenoiser,
  guided,
  linearBetas,
  networkDenoiser,
  type Prediction,
  rectifiedFlow,
  variancePreserving,
} from '../index.js';

const forms: readonly Prediction[] = ['noise', 'data', 'velocity', 'score', 'flow'];

const identity = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Numbers that are given, whatever is asked. */
class Fixed extends TimedNetwork {
  override readonly eventShape: readonly number[];
  override readonly outputShape: readonly number[];

  constructor(
    private readonly value: Tensor,
    size: number,
  ) {
    super();
    this.eventShape = [size];
    this.outputShape = [value.shape[1]!];
  }

  override apply(_x: Tensor, _t: Tensor): Tensor {
    return tf.clone(this.value);
  }
}

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

describe('networkDenoiser', () => {
  onEachEngine(() => {
    it('preconditions as EDM does', () => {
      const F = Key.from(4).normal([3, 2]);
      const xt = Key.from(5).normal([3, 2]);
      const t = tf.tensor1d([0.1, 0.5, 0.9]);
      for (const [name, make] of Object.entries(schedules))
        for (const d of [1, 0.5]) {
          const schedule = make();
          const reads = schedule.endsInNoise ? 'time' : 'logSnr';
          let seen: readonly [Tensor, Tensor] | undefined;
          class Spy extends Fixed {
            override apply(x: Tensor, time: Tensor): Tensor {
              seen = [x, time];
              return tf.clone(F);
            }
          }
          const options = { predicts: 'edm', dataScale: d, reads } as const;
          const denoiser = networkDenoiser(new Spy(F, 2), schedule, options);
          const { mean, noise } = denoiser.posterior(xt, t);
          // Karras et al., table 1, for x_t / alpha = x + s n.
          const { alpha, sigma } = denoiser.place(t);
          const s = tf.div(sigma, alpha);
          const total = tf.add(tf.square(s), d * d);
          const y = tf.div(xt, alpha);
          const skip = tf.mul(tf.div(d * d, total), y);
          const expected = tf.add(skip, tf.mul(tf.div(tf.mul(s, d), tf.sqrt(total)), F));
          const size = tf.max(tf.abs(expected)).dataSync()[0]!;
          expect(mean, name).toBeAllClose(expected, { abs: 1e-5 * Math.max(1, size), rel: 1e-4 });
          const [x, time] = seen!;
          expect(x).toBeAllClose(tf.div(y, tf.sqrt(total)), { abs: 1e-5, rel: 1e-4 });
          const given = reads === 'time' ? t : tf.mul(0.25, tf.log(tf.squeeze(s)));
          expect(time).toBeAllClose(given, { abs: 1e-5 });
          expect(noise).toBeAllClose(tf.div(tf.sub(xt, tf.mul(alpha, expected)), sigma), {
            abs: 2e-3 * Math.max(1, size),
            rel: 1e-3,
          });
        }
    });

    it('learns a variance where its network tells twice as much', () => {
      const output = tf.tensor2d([[0.1, 0.2, 0, -2]]);
      for (const schedule of [linearBetas(), rectifiedFlow()]) {
        const denoiser = networkDenoiser(new Fixed(output, 2), schedule, {
          predicts: 'velocity',
          dataScale: 2,
        });
        const t = tf.scalar(0.4);
        const { variance, value } = denoiser.posterior(tf.ones([1, 2]), t);
        expect(value).toBeAllClose([[0.1, 0.2]], { abs: 1e-7 });
        const { alpha, sigma } = schedule.at(t);
        const [a, s] = [alpha.dataSync()[0]! ** 2, sigma.dataSync()[0]! ** 2];
        // Starts as the variance of N(0, 4) data given x_t.
        const open = (4 * s) / (4 * a + s);
        // e^-2, softly bounded at 15.
        expect(variance!).toBeAllClose([[open, open * Math.exp(-2 / (1 + 2 / 15))]], { rel: 1e-5 });
      }
    });

    it('hands on times and contexts of any batch', () => {
      const network = new TimedMLP(Key.from(1), { features: 2, context: 3, lastScale: 1 });
      const denoiser = networkDenoiser(network, linearBetas({ steps: 10 }));
      const xt = Key.from(2).normal([4, 5, 2]);
      const context = Key.from(3).normal([5, 3]);
      const all = denoiser.posterior(xt, tf.scalar(0.3), context).noise;
      expect(all.shape).toEqual([4, 5, 2]);
      const row = denoiser.posterior(
        tf.reshape(tf.slice(xt, [2, 1], [1, 1]), [1, 2]),
        tf.tensor1d([0.3]),
        tf.slice(context, 1, 1),
      ).noise;
      expect(row).toBeAllClose(tf.reshape(tf.slice(all, [2, 1], [1, 1]), [1, 2]), { abs: 1e-5 });
      const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 1, 0], 'int32'), 3);
      const told = denoiser.posterior(xt, tf.scalar(0.3), labels).noise;
      const numbers = tf.cast(labels, 'float32');
      expect(told).toBeAllClose(denoiser.posterior(xt, tf.scalar(0.3), numbers).noise, {});
      expect(() => denoiser.posterior(xt, tf.scalar(0.3))).toThrow(ShapeError);
      expectNoLeak(() => tf.tidy(() => denoiser.posterior(xt, tf.scalar(0.3), context).mean));
    });
  });

  it('refuses what does not go together', () => {
    const network = new Fixed(tf.zeros([1, 2]), 2);
    const wrong = new Fixed(tf.zeros([1, 3]), 2);
    expect(() => networkDenoiser(wrong, linearBetas())).toThrow(ShapeError);
    const asOf = (options: object) => () => networkDenoiser(network, linearBetas(), options);
    expect(asOf({ predict: 'noise' })).toThrow(OptionError);
    expect(asOf({ predicts: 'x' })).toThrow('must be one of noise, data');
    expect(asOf({ reads: 'sigma' })).toThrow(OptionError);
    expect(asOf({ dataScale: 0 })).toThrow(DomainError);
    // At t = 1 nothing of x is left, so that noise does not tell it.
    expect(() => networkDenoiser(network, rectifiedFlow())).toThrow(OptionError);
    expect(() => networkDenoiser(network, rectifiedFlow(), { predicts: 'score' })).toThrow(
      OptionError,
    );
    const ended = rectifiedFlow();
    for (const predicts of ['velocity', 'data', 'flow', 'edm'] as const) {
      const { mean } = networkDenoiser(network, ended, { predicts }).posterior(
        tf.ones([1, 2]),
        tf.scalar(1),
      );
      expect(Number.isFinite(mean.dataSync()[0]!)).toBe(true);
    }
  });
});

describe('guided', () => {
  onEachEngine(() => {
    it('runs on along the line from what is told without a context', () => {
      const network = new TimedMLP(Key.from(1), { features: 2, context: 3, lastScale: 1 });
      const denoiser = networkDenoiser(network, cosine(), { predicts: 'velocity' });
      const [xt, context] = [Key.from(2).normal([4, 2]), Key.from(3).normal([4, 3])];
      const t = tf.tensor1d([0.1, 0.4, 0.7, 1]);
      const none = [0.5, 0, -1];
      const told = denoiser.posterior(xt, t, context);
      const untold = denoiser.posterior(xt, t, tf.tile(tf.tensor2d([none]), [4, 1]));
      for (const scale of [0, 1, 3]) {
        const got = guided(denoiser, { scale, unconditional: none }).posterior(xt, t, context);
        for (const form of ['noise', 'score', 'velocity'] as const) {
          const line = tf.add(untold[form], tf.mul(scale, tf.sub(told[form], untold[form])));
          expect(got[form]).toBeAllClose(line, { abs: 1e-4, rel: 1e-4 });
        }
      }
      const alone = guided(denoiser, { scale: 2 });
      const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 1], 'int32'), 3);
      expect(alone.posterior(xt, t, labels).noise.shape).toEqual([4, 2]);
      expectNoLeak(() => tf.tidy(() => alone.posterior(xt, tf.scalar(0.2), context).mean));
    });
  });

  it('needs a context', () => {
    const denoiser = gaussianDenoiser(variancePreserving(), [0], [[1]]);
    expect(() => guided(denoiser, { scale: 2 })).toThrow(OptionError);
    const network = new TimedMLP(Key.from(1), { features: 2, context: 3 });
    const conditional = networkDenoiser(network, variancePreserving());
    expect(() => guided(conditional, { scale: Number.NaN })).toThrow(DomainError);
    expect(() => guided(conditional, { scale: 1, unconditional: [0] })).toThrow(ShapeError);
    expect(() => guided(conditional, { strength: 1 } as never)).toThrow(OptionError);
  });
});
