import './float64.js';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { finiteDifferences, jacobian } from './index.js';

describe('double precision', () => {
  it('holds 1/3 to sixteen digits through products, reductions and variables', () => {
    const third = tf.variable(tf.fill([3, 3], 1 / 3));
    third.assign(tf.matMul(third, third));
    expect(tf.sum(third).dataSync()).toEqual(new Float64Array([3]));
    expect(tf.mean(tf.softmax(tf.tensor1d([0, 1, 2]))).dataSync()[0]).toBeCloseTo(1 / 3, 15);
    expect(tf.tensor([0.1]).dataSync()[0]).toBe(0.1);
  });

  it('lets central differences agree with gradients to ten digits', () => {
    const f = (x: tf.Tensor) =>
      tf.tanh(
        tf.matMul(
          x,
          tf.tensor2d([
            [1, 0.3],
            [-0.7, 2],
          ]),
        ),
      );
    const x = tf.tensor2d([
      [0.1, -0.4],
      [1.2, 0.6],
    ]);
    expect(jacobian(f, x)).toBeAllClose(finiteDifferences(f, x), { abs: 1e-9 });
  });
});
