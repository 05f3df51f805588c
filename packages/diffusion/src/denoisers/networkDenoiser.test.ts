import { TimedMLP, TimedNetwork } from '@pushforward/nn';
import { DomainError, Key, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { schedules } from '../../test/schedules.js';
import {
  cosine,
  type Denoiser,
  gaussianDenoiser,
  guided,
  linearBetas,
  networkDenoiser,
  rectifiedFlow,
  variancePreserving,
} from '../index.js';

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

    it('predicts noise and reads the time unless it is told', () => {
      const network = new TimedMLP(Key.from(1), { features: 2, lastScale: 1 });
      const options = { predicts: 'noise', dataScale: 1, reads: 'time' } as const;
      const [xt, t] = [Key.from(2).normal([4, 2]), tf.scalar(0.3)];
      const [own, told] = [{}, options].map((options) =>
        networkDenoiser(network, linearBetas(), options).posterior(xt, t),
      );
      expect(own!.form).toBe('noise');
      expect(own!.value).toBeAllClose(told!.value, {});
    });

    it('learns a variance where its network tells twice as much', () => {
      const output = tf.tensor2d([[0.1, 0.2, 0, -2]]);
      for (const [schedule, dataScale] of [
        [linearBetas(), 2],
        [rectifiedFlow(), 2],
        [linearBetas(), 1],
      ] as const) {
        const denoiser = networkDenoiser(new Fixed(output, 2), schedule, {
          predicts: 'velocity',
          dataScale,
        });
        const t = tf.scalar(0.4);
        const { variance, value } = denoiser.posterior(tf.ones([1, 2]), t);
        expect(value).toBeAllClose([[0.1, 0.2]], { abs: 1e-7 });
        const { alpha, sigma } = schedule.at(t);
        const [a, s] = [alpha.dataSync()[0]! ** 2, sigma.dataSync()[0]! ** 2];
        // Starts as the variance of N(0, d^2) data given x_t.
        const open = (dataScale ** 2 * s) / (dataScale ** 2 * a + s);
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
      const wrong = [
        () => denoiser.posterior(xt, tf.zeros([4]), context),
        () => denoiser.posterior(xt, tf.zeros([2, 4, 5]), context),
        () => denoiser.posterior(xt, tf.scalar(0.3), tf.zeros([4, 3])),
      ];
      for (const ask of wrong) expect(ask).toThrow(ShapeError);
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

describe('levels that are told', () => {
  it('stand for those of the schedule', () => {
    const network = new TimedMLP(Key.from(1), { features: 2, context: 3, lastScale: 1 });
    const schedule = cosine();
    const conditional = networkDenoiser(network, schedule, { predicts: 'edm', dataScale: 2 });
    const denoisers = [conditional, guided(conditional, { scale: 1 })];
    const [xt, context] = [Key.from(2).normal([4, 2]), Key.from(3).normal([4, 3])];
    const [t, levels] = [tf.scalar(0.2), schedule.at(tf.scalar(0.6))];
    // EDM, whose network is told 0.2 where x_t is as noisy as at 0.6.
    const [alpha, sigma] = [levels.alpha, levels.sigma].map((level) => level.dataSync()[0]!);
    const total = 4 * alpha! ** 2 + sigma! ** 2;
    const scale = Math.sqrt(total);
    const F = network.apply(tf.div(xt, scale), tf.fill([4], 0.2), context);
    const expected = tf.add(tf.mul((4 * alpha!) / total, xt), tf.mul((2 * sigma!) / scale, F));
    for (const denoiser of denoisers)
      expect(denoiser.posterior(xt, t, context, levels).mean).toBeAllClose(expected, {
        abs: 1e-4,
      });
    const gaussian = gaussianDenoiser(
      schedule,
      [0, 0],
      [
        [4, 0],
        [0, 4],
      ],
    );
    const mean = tf.mul((4 * alpha!) / total, xt);
    expect(gaussian.posterior(xt, t, undefined, levels).mean).toBeAllClose(mean, { abs: 1e-4 });
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
      const zeros = guided(denoiser, { scale: 2, unconditional: [0, 0, 0] });
      const by = (law: Denoiser) => law.posterior(xt, t, context).noise;
      expect(by(alone)).toBeAllClose(by(zeros), {});
      const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 1], 'int32'), 3);
      expect(alone.posterior(xt, t, labels).noise.shape).toEqual([4, 2]);
      expectNoLeak(() => tf.tidy(() => alone.posterior(xt, tf.scalar(0.2), context).mean));
    });
  });

  it('has the variance that is learned with the context', () => {
    const options = { features: 2, context: 3, outputs: 4, lastScale: 1 };
    const denoiser = networkDenoiser(new TimedMLP(Key.from(1), options), cosine(), {
      predicts: 'velocity',
    });
    const [xt, context, t] = [Key.from(2).normal([4, 2]), tf.fill([4, 3], 10), tf.scalar(0.4)];
    const told = denoiser.posterior(xt, t, context).variance!;
    const got = guided(denoiser, { scale: 2 }).posterior(xt, t, context).variance!;
    expect(got).toBeAllClose(told, { rel: 1e-5 });
    const untold = denoiser.posterior(xt, t, tf.zeros([4, 3])).variance!;
    expect(tf.max(tf.abs(tf.sub(told, untold))).dataSync()[0]!).toBeGreaterThan(1e-3);
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
