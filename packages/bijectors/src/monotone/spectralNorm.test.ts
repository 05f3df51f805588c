import { Key } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { withNormAtMost } from './spectralNorm.js';

/** The largest singular value, by so many steps of the power iteration that it is that to a rounding. */
function norm(weight: tf.Tensor): number {
  return tf.tidy(() => {
    let v: tf.Tensor = tf.ones([weight.shape[0], 1]);
    for (let k = 0; k < 100; k++) {
      const next = tf.matMul(weight, tf.matMul(weight, v, true));
      v = tf.div(next, tf.norm(next));
    }
    return valuesOf(tf.norm(tf.matMul(weight, v, true)))[0]!;
  });
}

onEachEngine(() => {
  describe('withNormAtMost', () => {
    it('leaves alone what keeps the bound, and divides the rest by what is 2 % too much at the most', () => {
      tf.tidy(() => {
        // Where all singular values are the same, the norm is farthest from the sum of their powers.
        const identity = tf.mul(3, tf.eye(100));
        expect(withNormAtMost(identity, 3.1)).toBeAllClose(identity, { abs: 0 });
        const limited = valuesOf(withNormAtMost(identity, 2))[0]!;
        expect(limited).toBeLessThanOrEqual(2);
        expect(limited).toBeGreaterThan(1.96);
      });
    });

    it.each([
      [40, 40],
      [7, 60],
      [60, 7],
      [1, 1],
    ])('bounds the norm of %d x %d weights, of any size', (inputs, outputs) => {
      tf.tidy(() => {
        for (const size of [1e-8, 1, 1e8]) {
          const weight = tf.mul(size, Key.from(5).normal([inputs, outputs]));
          const exact = norm(weight);
          const ratio = norm(withNormAtMost(weight, exact / 2)) / (exact / 2);
          expect(ratio).toBeLessThan(1 + 1e-5);
          expect(ratio).toBeGreaterThan(0.98);
        }
      });
    });
  });
});
