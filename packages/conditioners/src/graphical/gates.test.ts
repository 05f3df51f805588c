import { Key } from '@pushforward/tensors';
import { dkwBound, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { edgeProbability, gumbelGates } from './gates.js';

const [, forGates] = Key.from(3).split(3);

onEachEngine(() => {
  describe('gates', () => {
    it('have the probability 2 (sigmoid(2 a^2) - 1/2), with its slope', () => {
      const a = tf.tensor1d([-3, -1, -0.1, 0, 0.5, 2]);
      const exact = valuesOf(a).map((a) => 2 * (1 / (1 + Math.exp(-2 * a * a)) - 0.5));
      expect(edgeProbability(a)).toBeAllClose(exact, { abs: 1e-7, rel: 1e-6 });
      const slopes = valuesOf(a).map((a, i) => 2 * a * (1 - exact[i]! ** 2));
      expect(tf.grad((a) => edgeProbability(a))(a)).toBeAllClose(slopes, { abs: 1e-6 });
    });

    it('have a slope that keeps its digits where the probability is nearly 1', () => {
      // 2 a / cosh(a^2)^2.
      const a = [2, 2.5, 3, 3.2, 4, -3.2];
      const slopes = valuesOf(tf.grad((a) => edgeProbability(a))(tf.tensor1d(a)));
      for (const [k, each] of a.entries())
        expect(Math.abs((slopes[k]! * Math.cosh(each ** 2) ** 2) / (2 * each) - 1)).toBeLessThan(
          2e-5,
        );
    });

    it.each([0.5, 2])('are open as often as they should, at temperature %d', (temperature) => {
      const p = [0, 0.02, 0.3, 0.9];
      const count = 20_000;
      const gates = gumbelGates(forGates, tf.tensor1d(p), [count], temperature);
      expect(gates.shape).toEqual([count, 4]);
      const open = valuesOf(tf.mean(tf.cast(tf.greater(gates, 0.5), 'float32'), 0));
      for (const [i, p_i] of p.entries())
        expect(Math.abs(open[i]! - p_i)).toBeLessThan(dkwBound(count));
      // What keeps the logarithm of 0 finite opens one gate in a million.
      expect(open[0]).toBe(0);
      // Logit-normalised, they are logistic about logit p: P(gate < g) = sigmoid(T logit g - logit p).
      const g = 0.2;
      const below = valuesOf(tf.mean(tf.cast(tf.less(gates, g), 'float32'), 0));
      const logit = (p: number) => Math.log(p / (1 - p));
      for (const i of [1, 2, 3]) {
        const exact = 1 / (1 + Math.exp(logit(p[i]!) - temperature * logit(g)));
        expect(Math.abs(below[i]! - exact)).toBeLessThan(dkwBound(count));
      }
    });

    it('have finite gradients, also for impossible and certain edges', () => {
      const a = tf.tensor1d([0, 1e-4, 1, 10]);
      const total = (a: tf.Tensor) =>
        tf.sum<tf.Scalar>(gumbelGates(forGates, edgeProbability(a), [50], 0.5));
      const slopes = valuesOf(tf.grad(total)(a));
      expect(slopes.filter((slope) => !Number.isFinite(slope))).toEqual([]);
      expect(slopes[2]).not.toBe(0);
    });
  });
});
