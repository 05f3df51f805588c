import { Bernoulli, conditional, given, Independent } from '@pushforward/distributions';
import { Linear } from '@pushforward/nn';
import { type Batch, DomainError, Key } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  elbo,
  kullbackLeibler,
  leaveOneOut,
  perceptron,
  restrictedBoltzmann,
  smoothed,
  vae,
} from '../index.js';

const coins = (logits: number[]) => new Independent(new Bernoulli(tf.tensor(logits)), 1);

/** E zeta^n where a unit is on, by the midpoint rule. */
function momentOf(sharpness: number, n: number): number {
  const steps = 10_000;
  const at = Array.from({ length: steps }, (_, i) => (i + 0.5) / steps);
  const density = (x: number) => (sharpness * Math.exp(sharpness * x)) / Math.expm1(sharpness);
  return at.reduce((sum, x) => sum + (x ** n * density(x)) / steps, 0);
}

describe('smoothed', () => {
  onEachEngine(() => {
    it('is a density of a point and a length', () => {
      for (const sharpness of [0.5, 5, 60]) {
        const law = smoothed(coins([0.4]), sharpness);
        const steps = 20_000;
        const x = tf.tensor2d(
          Float32Array.from({ length: steps }, (_, i) => (i + 0.5) / steps),
          [steps, 1],
        );
        const length = tf.mean(tf.exp(law.logProb(x))).dataSync()[0]!;
        const point = tf.exp(law.logProb(tf.tensor1d([0]))).dataSync()[0]!;
        const q = 1 / (1 + Math.exp(-0.4));
        expect(point).toBeAllClose(1 - q, { abs: 1e-6 });
        expect(length).toBeAllClose(q, { abs: 1e-4 });
        const outside = law.logProb(tf.tensor2d([[-0.1], [1.1]]));
        expect(outside).toBeAllClose([-Infinity, -Infinity], {});
      }
    });

    it('draws what it is the law of', () => {
      const rbm = restrictedBoltzmann(Key.from(1), { visible: 2, hidden: 2 });
      rbm.units.visibleBias.assign(tf.tensor1d([1, -1]));
      const probabilities = [1, -1].map((b) => 1 / (1 + Math.exp(-b)));
      rbm.units.weight.assign(tf.zeros([2, 2]));
      for (const units of [coins([1, -1]), rbm]) {
        const law = smoothed(units, 3);
        const draws = law.sample(Key.from(2), [100, 200]);
        expect(draws.shape).toEqual([100, 200, 2]);
        const rows = tf.reshape(draws, [-1, 2]);
        const got = [tf.cast(tf.greater(rows, 0), 'float32'), rows, tf.square(rows)];
        const expected = [0, 1, 2].map((n) => probabilities.map((q) => q * momentOf(3, n)));
        // 20,000 numbers in [0, 1]: five standard errors.
        expect(tf.stack(got.map((x) => tf.mean(x, 0)))).toBeAllClose(expected, { abs: 0.018 });
      }
      expect(smoothed(coins([1, -1]), 3).mean!()).toBeAllClose(
        probabilities.map((q) => q * momentOf(3, 1)),
        { abs: 1e-5 },
      );
    });

    it('has draws with the gradient of their logits', () => {
      const logits = [-2, 0.3, 4];
      const n = 40_000;
      const each = tf.grad((logits) => {
        const law = smoothed(new Independent(new Bernoulli(logits), 1), 4);
        return tf.sum(tf.square(law.sample(Key.from(3))));
      })(tf.tile(tf.tensor2d([logits]), [n, 1]));
      const { mean, variance } = tf.moments(each, 0);
      const expected = logits.map((l) => (Math.exp(-l) / (1 + Math.exp(-l)) ** 2) * momentOf(4, 2));
      const z = tf.div(tf.sub(mean, expected), tf.sqrt(tf.div(variance, n)));
      expect(Math.max(...tf.abs(z).dataSync())).toBeLessThan(5);
      const far = tf.grad((l) =>
        tf.sum(smoothed(new Independent(new Bernoulli(l), 1), 4).sample(Key.from(3), [50])),
      )(tf.tensor1d([-1e3, -40, 40, 1e3]));
      expect(tf.all(tf.isFinite(far)).dataSync()[0]).toBe(1);
    });

    it('is as far from another as their units are', () => {
      const rbm = restrictedBoltzmann(Key.from(1), { visible: 1, hidden: 2, joint: true });
      const q = coins([0.2, -0.5, 1]);
      expect(kullbackLeibler(smoothed(q, 3), smoothed(rbm, 3))!).toBeAllClose(
        kullbackLeibler(q, rbm)!,
        {},
      );
      expect(kullbackLeibler(smoothed(q, 3), smoothed(rbm, 4))).toBeUndefined();
      const p = coins([1, 0, -1]);
      const units = tf.tensor2d(
        Array.from({ length: 8 }, (_, code) => [code & 1, (code >> 1) & 1, code >> 2]),
      );
      const exact = tf.sum(
        tf.mul(tf.exp(q.logProb(units)), tf.sub(q.logProb(units), p.logProb(units))),
      );
      expect(tf.sum(kullbackLeibler(q, p)!)).toBeAllClose(exact, { abs: 1e-5 });
      expect(kullbackLeibler(q, p)!.shape).toEqual([3]);
    });

    it('smooths units that read a context', () => {
      const units = conditional(new Linear(Key.from(1), 2, 3), bernoulli(3));
      const law = smoothed(units, 4);
      expect(law.contextSize).toBe(2);
      const context = tf.mul(2, Key.from(2).normal([5, 2]));
      const at = smoothed(given(units, context), 4);
      const x = law.sample(Key.from(3), [1000], context);
      expect(x.shape).toEqual([1000, 5, 3]);
      expect(law.mean!(context)).toBeAllClose(at.mean!(), { abs: 1e-6 });
      // Numbers in [0, 1]: five standard errors at most.
      expect(tf.mean(x, 0)).toBeAllClose(at.mean!(), { abs: 0.08 });
      expect(law.logProb(x, context)).toBeAllClose(at.logProb(x), { abs: 1e-5 });
      const few = tf.slice(x, 0, 4);
      const loss = law.loss({ x: few, context }, Key.from(4));
      expect(loss).toBeAllClose(tf.neg(tf.mean(at.logProb(few))), { abs: 1e-5 });
    });

    it('has its loss by its units, and leaves no tensor behind', () => {
      const rbm = restrictedBoltzmann(Key.from(1), { visible: 2, hidden: 2 });
      const law = smoothed(rbm, 3);
      const x = law.sample(Key.from(2), [6]);
      const expected = tf.neg(tf.mean(law.logProb(x)));
      expect(law.loss({ x }, Key.from(3))).toBeAllClose(expected, { abs: 1e-5 });
      expectNoLeak(() => law.loss({ x }, Key.from(3)));
      expectNoLeak(() => law.sampleAndLogProb(Key.from(3), [3]));
      const independent = smoothed(coins([1, 2]), 3);
      expectNoLeak(() => independent.mean!());
      expectNoLeak(() => independent.sampleAndLogProb(Key.from(3), [3]));
    });
  });

  it.each([
    ['the closed divergence', elbo({ draws: 4 })],
    ['scores of draws', leaveOneOut({ draws: 4 })],
  ])(
    'makes a discrete auto-encoder that learns by %s, compiled as eagerly',
    async (_, objective) => {
      const rows = tf.tensor2d([
        [1, 1, 0, 0],
        [0, 0, 1, 1],
      ]);
      const train = { length: 32, batches: (): Iterable<Batch> => [{ x: tf.tile(rows, [16, 1]) }] };
      const learn = async (epochs: number, compile: boolean) => {
        const model = vae(Key.from(1), {
          likelihood: bernoulli(4),
          posterior: smoothed(bernoulli(6), 4),
          prior: smoothed(
            restrictedBoltzmann(Key.from(2), { visible: 3, hidden: 3, joint: true }),
            4,
          ),
          encoder: perceptron([8]),
          decoder: perceptron([8]),
          objective,
        });
        const options = { key: Key.from(4), epochs, learningRate: 0.03, compile };
        return (await fit(model, { train }, options)).history.map(({ trainLoss }) => trainLoss);
      };
      expect(await learn(3, true)).toBeAllClose(await learn(3, false), { abs: 1e-4 });
      // log 2 nats are the least, 4 log 2 what coins have.
      expect((await learn(400, true)).at(-1)).toBeLessThan(Math.LN2 + 0.4);
    },
  );

  it('refuses a sharpness that makes no sense', () => {
    expect(() => smoothed(bernoulli(2), 0)).toThrow(DomainError);
    expect(() => smoothed(coins([0]), 100)).toThrow(DomainError);
  });
});
