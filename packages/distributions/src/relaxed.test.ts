import { Key, type Tensor } from '@pushforward/tensors';
import {
  describeGolden,
  dkwBound,
  expectNoLeak,
  integrate2d,
  kolmogorovSmirnov,
  onEachEngine,
  valuesOf,
} from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { flatten, Independent, Normal, RelaxedBernoulli, RelaxedCategorical } from './index.js';

/** A key whose Gumbel draws are the given ones. */
function fixedGumbel(noise: Tensor): Key {
  const key = Object.create(Key.from(0)) as Key;
  key.gumbel = () => noise;
  return key;
}

describeGolden('t02_distributions', ({ cases, tolerance }) => {
  onEachEngine(() => {
    it.each(cases.filter(({ name }) => name.startsWith('concrete')))('$name', (example) => {
      const { params, input, output } = example;
      const law = new RelaxedCategorical(params.vector('logits'), params.number('temperature'));
      expect(law.logProb(input.tensor('x'))).toBeAllClose(output.vector('log_prob'), tolerance);
      const gumbel = input.tensor('gumbel');
      const draws = law.sample(fixedGumbel(gumbel), [gumbel.shape[0]]);
      expect(draws).toBeAllClose(output.matrix('gumbel_softmax'), { abs: 1e-6, rel: 1e-5 });
    });

    it.each(cases.filter(({ name }) => name.startsWith('binary_concrete')))('$name', (example) => {
      const { params, input, output } = example;
      const law = new RelaxedBernoulli(params.vector('logits'), params.number('temperature'));
      expect(law.logProb(input.tensor('x'))).toBeAllClose(output.vector('log_prob'), tolerance);
    });
  });
});

onEachEngine(() => {
  describe('RelaxedBernoulli', () => {
    it.each([
      [0.7, 0.5],
      [-2, 1.5],
      [0, 0.3],
    ])('of logit %d and temperature %d draws from its law', (logit, temperature) => {
      const x = new RelaxedBernoulli(logit, temperature).sample(Key.from(1), [4000]);
      const cdf = (x: number) => 1 / (1 + Math.exp(-(temperature * Math.log(x / (1 - x)) - logit)));
      expect(kolmogorovSmirnov(x, cdf)).toBeLessThan(dkwBound(4000));
    });

    it('has the density that is the slope of its distribution function', () => {
      const [logit, temperature] = [0.4, 0.6];
      const cdf = (x: number) => 1 / (1 + Math.exp(-(temperature * Math.log(x / (1 - x)) - logit)));
      const x = [1e-3, 0.2, 0.5, 0.97];
      const slopes = x.map((x) =>
        Math.log((cdf(x * (1 + 1e-6)) - cdf(x * (1 - 1e-6))) / (2e-6 * x)),
      );
      const law = new RelaxedBernoulli(logit, temperature);
      expect(law.logProb(tf.tensor1d(x))).toBeAllClose(slopes, { abs: 1e-4 });
    });

    it('moves with its logits', () => {
      const sample = (logits: Tensor) => new RelaxedBernoulli(logits, 0.5).sample(Key.from(1));
      const logits = tf.tensor1d([-1, 0, 3]);
      const x = sample(logits);
      const slope = tf.div(tf.mul(x, tf.sub(1, x)), 0.5);
      expect(tf.grad((logits: Tensor) => tf.sum(sample(logits)))(logits)).toBeAllClose(slope, {
        rel: 1e-4,
        abs: 1e-6,
      });
    });

    it('is -Infinity outside (0, 1) with a gradient of 0, NaN for NaN, and finite at all draws', () => {
      const law = new RelaxedBernoulli(0, 0.5);
      const x = tf.tensor1d([-1, 0, 1, 2, Number.NaN]);
      const outside = [-Infinity, -Infinity, -Infinity, -Infinity, Number.NaN];
      expect(valuesOf(law.logProb(x))).toEqual(outside);
      const slopes = valuesOf(tf.grad((x: Tensor) => tf.sum(law.logProb(x)))(x));
      expect(slopes.slice(0, 4)).toEqual([0, 0, 0, 0]);
      const sharp = new RelaxedBernoulli([-30, 0, 30], 0.01);
      const [, logProb] = sharp.sampleAndLogProb(Key.from(1), [100]);
      expect(tf.all(tf.isFinite(logProb)).dataSync()[0]).toBe(1);
    });
  });

  describe('RelaxedCategorical', () => {
    const logits = [0.5, -0.3, 1];

    it.each([0.4, 1.5])('of temperature %d integrates to 1 over the simplex', (temperature) => {
      const law = new RelaxedCategorical(logits, temperature);
      // x = softmax(y_1, y_2, 0), a volume of x_1 x_2 x_3 for each of y.
      const density = (y: Tensor) => {
        const x = tf.softmax(tf.concat([y, tf.zeros([y.shape[0], 1])], 1));
        return tf.mul(tf.exp(law.logProb(x)), tf.prod(x, 1));
      };
      const samples = tf.tidy(() => {
        const logs = tf.log(law.sample(Key.from(1), [1000]));
        return tf.sub(tf.slice(logs, [0, 0], [-1, 2]), tf.slice(logs, [0, 2], [-1, 1]));
      });
      const total = integrate2d(density, { reach: 60, samples, tolerance: 3e-4 });
      expect(total).toBeCloseTo(1, 2);
    });

    it('is nearest to each corner with its probability, at any temperature', () => {
      const p = valuesOf(tf.softmax(tf.tensor1d(logits)));
      for (const temperature of [0.1, 1, 10]) {
        const x = new RelaxedCategorical(logits, temperature).sample(Key.from(2), [4000]);
        const counts = tf.mean(tf.cast(tf.oneHot(tf.argMax(x, 1), 3), 'float32'), 0);
        expect(counts).toBeAllClose(p, { abs: dkwBound(4000) });
        expect(tf.sum(x, 1)).toBeAllClose(1, { abs: 1e-6 });
      }
    });

    it('of two is a relaxed Bernoulli number', () => {
      const two = new RelaxedCategorical([0.3, 1], 0.7);
      const one = new RelaxedBernoulli(0.7, 0.7);
      const x = tf.tensor1d([0.01, 0.4, 0.9]);
      const both = tf.stack([tf.sub(1, x), x], 1);
      expect(two.logProb(both)).toBeAllClose(one.logProb(x), { abs: 1e-5 });
    });

    it('is -Infinity beyond the simplex, NaN for NaN, and finite at all draws', () => {
      const law = new RelaxedCategorical(logits, 0.5);
      const x = tf.tensor2d([
        [0, 0.5, 0.5],
        [-0.5, 0.5, 1],
        [1, 0, 0],
        [Number.NaN, 0.5, 0.5],
      ]);
      expect(valuesOf(law.logProb(x))).toEqual([-Infinity, -Infinity, -Infinity, Number.NaN]);
      const sharp = new RelaxedCategorical([-20, 0, 20], 0.01);
      const gradient = tf.grad((t: Tensor) => {
        const [, logProb] = new RelaxedCategorical(t, 0.01).sampleAndLogProb(Key.from(1), [100]);
        return tf.sum(logProb);
      })(tf.tensor1d([-20, 0, 20]));
      const [, logProb] = sharp.sampleAndLogProb(Key.from(1), [100]);
      expect(tf.all(tf.isFinite(logProb)).dataSync()[0]).toBe(1);
      expect(tf.all(tf.isFinite(gradient)).dataSync()[0]).toBe(1);
    });
  });

  it('relaxed laws leave no tensor behind', () => {
    const temperature = tf.scalar(0.5);
    for (const law of [
      new RelaxedBernoulli([0, 1], temperature),
      new RelaxedCategorical(
        [
          [0, 1, 2],
          [0, 0, 0],
        ],
        temperature,
      ),
    ]) {
      expectNoLeak(() => law.sampleAndLogProb(Key.from(1), [5]));
      const x = tf.fill([5, ...law.batchShape, ...law.eventShape], 1 / 3);
      expectNoLeak(() => law.logProb(x));
    }
  });

  describe('flatten', () => {
    it('writes events as vectors, and changes nothing else', () => {
      const law = new Independent(
        new Normal(
          [
            [0, 1, 2],
            [3, 4, 5],
          ],
          [[1], [2]],
        ),
        2,
      );
      const flat = flatten(law);
      expect([flat.eventShape, flat.batchShape]).toEqual([[6], []]);
      const [x, logProb] = flat.sampleAndLogProb(Key.from(1), [5]);
      expect(x).toBeAllClose(tf.reshape(law.sample(Key.from(1), [5]), [5, 6]), {});
      expect(logProb).toBeAllClose(law.logProb(tf.reshape(x, [5, 2, 3])), {});
      expect(flat.logProb(x)).toBeAllClose(logProb, {});
      expect(flat.mean!()).toBeAllClose([0, 1, 2, 3, 4, 5], {});
      expect(flat.variance!()).toBeAllClose([1, 1, 1, 4, 4, 4], {});
      expect(flat.entropy!()).toBeAllClose(law.entropy!(), {});
      expect(flat.loss({ x }, Key.from(1))).toBeAllClose(tf.neg(tf.mean(logProb)), {});
      expectNoLeak(() => flat.sampleAndLogProb(Key.from(1), [5]));
      expectNoLeak(() => flat.logProb(x));
    });
  });
});

describe('relaxed laws', () => {
  it('refuse what makes no sense', () => {
    expect(() => new RelaxedBernoulli(0, 0)).toThrow('must be positive');
    expect(() => new RelaxedBernoulli(Infinity, 1)).toThrow('must be finite');
    expect(() => new RelaxedCategorical([0, 1], -1)).toThrow('must be positive');
    expect(() => new RelaxedCategorical([-Infinity, 1], 1)).toThrow('must be finite');
  });
});
