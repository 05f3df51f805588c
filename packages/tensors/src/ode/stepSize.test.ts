import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { Tolerances } from './stepSize.js';

onEachEngine(() => {
  it('errors may be as large as the larger state allows, sample by sample', () => {
    const tolerances = new Tolerances(0.1, 1);
    const error = tf.tensor2d([
      [2, 0],
      [3, 3],
    ]);
    const [small, large] = [tf.fill([2, 2], 0), tf.fill([2, 2], -10)];
    // 1 + 0.1 * 10 = 2 is allowed of every number: 1 and 0, and 1.5 twice.
    expect(tolerances.ratio(error, small, large)).toBeCloseTo(1.5, 6);
    expect(tolerances.ratio(error, large, small)).toBeCloseTo(1.5, 6);
    // A vector is one sample.
    expect(tolerances.ratio(tf.tensor1d([2, 0]), tf.tensor1d([10, 10]))).toBeCloseTo(
      Math.SQRT1_2,
      6,
    );
    expect(tolerances.ratio(tf.tensor2d([[1], [Number.NaN], [2]]), tf.zeros([3, 1]))).toBeNaN();
  });
});
