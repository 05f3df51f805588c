import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';

/** c_0 + c_1 x + c_2 x^2 + ..., of first degree at least, by Horner's rule. */
export function polynomial(x: Tensor, coefficients: readonly number[]): Tensor {
  const last = coefficients.length - 1;
  let sum = tf.mul(x, coefficients[last]!);
  for (let i = last - 1; i > 0; i--) sum = tf.mul(tf.add(sum, coefficients[i]!), x);
  return tf.add(sum, coefficients[0]!);
}
