import { conditional } from '@pushforward/distributions';
import { Linear } from '@pushforward/nn';
import { DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  categorical,
  continuousBernoulli,
  DiscretisedLogistic,
  discretisedLogistic,
  type Family,
  gaussian,
} from '../index.js';

const families: Record<string, () => Family> = {
  bernoulli: () => bernoulli(3),
  continuousBernoulli: () => continuousBernoulli(3),
  categorical: () => categorical(3, 4),
  discretisedLogistic: () => discretisedLogistic(3),
  'mixture of discretised logistics': () => discretisedLogistic(3, { components: 5, levels: 16 }),
  'gaussian, learned': () => gaussian(3),
  'gaussian, fixed': () => gaussian(3, { variance: 'fixed', scale: 0.5 }),
  'gaussian, batch': () => gaussian(3, { variance: 'batch', perCoordinate: true }),
  'gaussian, predicted': () => gaussian(3, { variance: 'predicted' }),
  'gaussian, one predicted for all': () =>
    gaussian(3, { variance: 'predicted', perCoordinate: false }),
  'gaussian, any covariance': () => gaussian(3, { covariance: 'full' }),
  'gaussian, any covariance, predicted': () =>
    gaussian(3, { variance: 'predicted', covariance: 'full' }),
  'gaussian, low rank': () => gaussian(3, { covariance: { rank: 2 } }),
  'gaussian, low rank, predicted': () =>
    gaussian(3, { variance: 'predicted', covariance: { rank: 2 } }),
};

describe('likelihoods', () => {
  onEachEngine(() => {
    describe.each(Object.entries(families))('%s', (_, make) => {
      it('is a law of [3] for each row of a decoder', () => {
        const family = make();
        const law = conditional(new Linear(Key.from(1), 2, family.parameterCount), family);
        const z = Key.from(2).normal([5, 2]);
        const x = law.sample(Key.from(3), [4], z);
        expect([law.eventShape, x.shape]).toEqual([[3], [4, 5, 3]]);
        const logProb = law.logProb(x, z);
        expect(logProb.shape).toEqual([4, 5]);
        expect(tf.all(tf.isFinite(logProb)).dataSync()[0]).toBe(1);
      });

      it('stays finite where the decoder says something extreme', () => {
        const family = make();
        const x = family.law(tf.zeros([family.parameterCount])).sample(Key.from(1), [6]);
        const sign = tf.sub(tf.mul(2, Key.from(2).bernoulli(0.5, [family.parameterCount])), 1);
        for (const size of [1e-6, 10, 1e4]) {
          const { value, grad } = tf.valueAndGrad((h: tf.Tensor) =>
            tf.mean(family.law(h).logProb(x)),
          )(tf.mul(size, sign));
          expect(tf.all(tf.isFinite(tf.concat([tf.reshape(value, [1]), grad]))).dataSync()[0]).toBe(
            1,
          );
        }
      });

      it('leaves no tensor behind', () => {
        expectNoLeak(() => {
          make().dispose();
        });
        const family = make();
        const law = conditional(new Linear(Key.from(1), 2, family.parameterCount), family);
        const z = tf.zeros([5, 2]);
        const x = law.sample(Key.from(3), [], z);
        expectNoLeak(() => law.logProb(x, z));
        expectNoLeak(() => law.loss({ x, context: z }, Key.from(1)));
      });
    });

    it('counts with all constants: what is certain has probability 1', () => {
      const sure = tf.tensor1d([200, -200, 200]);
      expect(
        bernoulli(3)
          .law(sure)
          .logProb(tf.tensor1d([1, 0, 1])),
      ).toBeAllClose(0, {});
      const one = categorical(1, 3).law(tf.tensor1d([0, 300, 0]));
      expect(one.logProb(tf.tensor1d([1]))).toBeAllClose(0, {});
      const unit = gaussian(2, { variance: 'fixed' }).law(tf.zeros([2]));
      expect(unit.logProb(tf.zeros([2]))).toBeAllClose(-Math.log(2 * Math.PI), { rel: 1e-6 });
    });
  });
});

describe('discretisedLogistic', () => {
  it('starts with components side by side, and has no smaller scale than its floor', () => {
    const family = discretisedLogistic(1, { levels: 16, components: 4, scale: 0.1 });
    const x = tf.reshape(tf.div(tf.range(0, 16), 15), [16, 1]);
    const parts = [0.125, 0.375, 0.625, 0.875].map((loc) =>
      tf.exp(new DiscretisedLogistic(tf.scalar(loc), tf.scalar(0.1), 16).logProb(x)),
    );
    const expected = tf.log(tf.mean(tf.concat(parts, 1), 1));
    expect(family.law(tf.zeros([12])).logProb(x)).toBeAllClose(expected, { abs: 1e-5 });
    // Half a step on either side of its level are five of the least scales.
    const narrow = discretisedLogistic(1).law(tf.tensor1d([128 / 255 - 0.5, -1e6]));
    const mass = 1 - 2 / (1 + Math.exp(5));
    expect(tf.exp(narrow.logProb(tf.tensor1d([128 / 255])))).toBeAllClose(mass, { abs: 1e-4 });
  });
});

describe('gaussian', () => {
  it('starts at the scale asked for, and has no smaller one than its floor', () => {
    for (const variance of ['learned', 'predicted'] as const) {
      const family = gaussian(2, { variance, scale: 0.5, floor: 0.1 });
      const size = family.parameterCount;
      expect(family.law(tf.zeros([size])).variance!()).toBeAllClose(0.25, { rel: 1e-6 });
      if (variance === 'learned') family.parameters()[0]!.assign(tf.scalar(-1e6));
      const low = family.law(tf.fill([size], variance === 'learned' ? 0 : -1e6));
      expect(low.variance!()).toBeAllClose(0.01, { rel: 1e-5 });
    }
  });

  it('has no best scale of a batch below the floor', () => {
    const family = gaussian(2, { variance: 'batch', floor: 0.1 });
    const x = Key.from(1).normal([5, 2]);
    const loss = 2 * Math.log(0.1) + Math.log(2 * Math.PI);
    expect(family.law(x).loss({ x }, Key.from(1))).toBeAllClose(loss, { abs: 1e-5 });
    family.calibrate(x, x);
    expect(family.scale).toBeAllClose(0.1, { rel: 1e-6 });
  });

  it('predicts a scale for each coordinate, behind its mean', () => {
    const family = gaussian(2, { variance: 'predicted', scale: 2, floor: 0.5 });
    expect(family.parameterCount).toBe(4);
    const law = family.law(tf.tensor1d([1, 0, -2, 50]));
    expect(law.mean!()).toBeAllClose([1, -2], {});
    // softplus(50 + c) = 50 + c, with c such that zero selects 2.
    const high = 0.5 + 50 + Math.log(Math.expm1(1.5));
    expect(law.variance!()).toBeAllClose([4, high ** 2], { rel: 1e-5 });
  });

  it('predicts one scale for all coordinates, behind their means', () => {
    const family = gaussian(3, {
      variance: 'predicted',
      perCoordinate: false,
      scale: 2,
      floor: 0.5,
    });
    expect(family.parameterCount).toBe(4);
    const law = family.law(
      tf.tensor2d([
        [1, -2, 3, 0],
        [1, -2, 3, 50],
      ]),
    );
    expect(law.mean!()).toBeAllClose(
      [
        [1, -2, 3],
        [1, -2, 3],
      ],
      {},
    );
    // softplus(50 + c) = 50 + c, with c such that zero selects 2.
    const high = 0.5 + 50 + Math.log(Math.expm1(1.5));
    expect(law.variance!()).toBeAllClose([Array(3).fill(4), Array(3).fill(high ** 2)], {
      rel: 1e-5,
    });
  });

  it.each([false, true])(
    'finds the mean squared error by gradient (per coordinate: %s)',
    (perCoordinate) => {
      const family = gaussian(4, { perCoordinate });
      const mean = tf.zeros([50, 4]);
      const x = tf.mul([0.5, 1, 2, 0.8], Key.from(1).normal([50, 4]));
      const adam = tf.train.adam(0.05);
      for (let i = 0; i < 300; i++)
        adam.minimize(
          () => family.law(mean).loss({ x }, Key.from(1)) as tf.Scalar,
          false,
          family.parameters(),
        );
      const best = perCoordinate ? tf.mean(tf.square(x), 0) : tf.fill([4], mse(x));
      expect(family.law(tf.zeros([4])).variance!()).toBeAllClose(best, { rel: 2e-3 });
    },
  );

  it('refuses options that do not go together', () => {
    expect(() => gaussian(2, { variance: 'fixed', floor: 0.1 })).toThrow(OptionError);
    expect(() => gaussian(2, { variance: 'fixed', perCoordinate: true })).toThrow(OptionError);
    expect(() => gaussian(2, { scale: 0.1, floor: 0.2 })).toThrow(DomainError);
    expect(() => gaussian(2, { variance: 'fixed', scale: -1 })).toThrow(DomainError);
    expect(() => gaussian(2, { variance: 'known' as never })).toThrow(OptionError);
    expect(() => gaussian(2, { covariance: 'half' as never })).toThrow(OptionError);
    expect(() => gaussian(2, { covariance: { rank: 1, of: 2 } as never })).toThrow(OptionError);
    const calibrate = (x: number[], mean: number[]) =>
      expect(() => {
        gaussian(2, { variance: 'batch' }).calibrate(tf.zeros(x), tf.zeros(mean));
      });
    calibrate([3, 1], [3, 1]).toThrow(ShapeError);
    calibrate([3, 2], [4, 2]).toThrow(ShapeError);
    expect(() => conditional(new Linear(Key.from(1), 2, 3), gaussian(2))).toThrow(ShapeError);
    expect(() => discretisedLogistic(2, { bins: 3 } as never)).toThrow(OptionError);
    expect(() => categorical(2, 1)).toThrow(DomainError);
  });
});

const mse = (x: tf.Tensor) => tf.mean(tf.square(x)).dataSync()[0]!;

describeGolden('t15_vae', ({ cases, tolerance }) => {
  const named = cases.filter(({ name }) => name.startsWith('decoder variance'));
  onEachEngine(() => {
    it.each(named)('$name: the loss is the least over the variance', ({ input, output }) => {
      const [x, mean] = [input.tensor('x'), input.tensor('xhat')];
      const features = x.shape[1]!;
      for (const [perCoordinate, nll, best] of [
        [false, 'nll_shared', [output.number('shared')]],
        [true, 'nll_per_dim', output.vector('per_dim')],
      ] as const) {
        const family = gaussian(features, { variance: 'batch', perCoordinate });
        expect(family.parameters()).toEqual([]);
        expect(family.law(mean).loss({ x }, Key.from(1))).toBeAllClose(
          output.number(nll),
          tolerance,
        );
        family.calibrate(x, mean);
        expect(tf.square(family.scale)).toBeAllClose(
          best.length === 1 ? best[0] : [...best],
          tolerance,
        );
        const stored = tf.neg(tf.mean(family.law(mean).logProb(x)));
        expect(stored).toBeAllClose(output.number(nll), tolerance);
      }
      const unit = gaussian(features, { variance: 'fixed' }).law(mean);
      expect(unit.loss({ x }, Key.from(1))).toBeAllClose(
        output.number('nll_unit_variance'),
        tolerance,
      );
    });

    it.each(named)('$name: the gradient is that of the least loss', ({ input }) => {
      const [x, mean] = [input.tensor('x'), input.tensor('xhat')];
      const features = x.shape[1]!;
      const family = gaussian(features, { variance: 'batch' });
      const got = tf.grad((mean) => family.law(mean).loss({ x }, Key.from(1)))(mean);
      // D/2 log mean (x - mean)^2, differentiated as it stands.
      const expected = tf.grad((mean) =>
        tf.mul(features / 2, tf.log(tf.mean(tf.square(tf.sub(x, mean))))),
      )(mean);
      expect(got).toBeAllClose(expected, { abs: 1e-6, rel: 1e-4 });
    });
  });
});
