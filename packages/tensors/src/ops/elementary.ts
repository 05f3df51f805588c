/**
 * TensorFlow.js saves the *output* of exp, tanh, sigmoid and elu for their gradients, detached from the tape, so
 * differentiating twice throws. Here each gradient is computed anew from the saved *input* with these same
 * functions, which can therefore be differentiated any number of times.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';
import { withGradient } from './gradient.js';

/** An elementwise function with the derivative `slope`, itself differentiable. */
export function elementwise(
  value: (x: Tensor) => Tensor,
  slope: (x: Tensor) => Tensor,
): (x: Tensor) => Tensor {
  return (x) => withGradient(x, value, (dy, x) => tf.mul(dy, slope(x)));
}

/** e^x. */
export const exp = elementwise(tf.exp, (x) => exp(x));

/** tanh x. */
export const tanh = elementwise(tf.tanh, (x) => tf.sub(1, tf.square(tanh(x))));

/** 1 / (1 + e^-x). */
export const sigmoid = elementwise(tf.sigmoid, (x) => {
  const y = sigmoid(x);
  return tf.mul(y, tf.sub(1, y));
});

/** log(1 + e^x). */
export const softplus = elementwise(tf.softplus, (x) => sigmoid(x));

/** log sigmoid(x) = -softplus(-x). */
export function logSigmoid(x: Tensor): Tensor {
  return tf.neg(softplus(tf.neg(x)));
}

/** x where x > 0, else e^x - 1 (Clevert et al., arXiv:1511.07289). */
export const elu = elementwise(tf.elu, (x) => exp(tf.neg(tf.relu(tf.neg(x)))));

/** min(max(x, low), high); the derivative is 1 on [low, high] and 0 outside. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return elementwise(
    (x) => tf.clipByValue(x, low, high),
    // greaterEqual, unlike less, may stand on a gradient's path.
    (x) =>
      tf.mul(
        tf.cast(tf.greaterEqual(x, low), 'float32'),
        tf.cast(tf.greaterEqual(high, x), 'float32'),
      ),
  )(x);
}

/**
 * x / (1 + |x| / bound): the identity near 0, with values in (-bound, bound).
 *
 * It keeps logarithms of slopes and scales in a range where float32 inverts them well.
 */
export function softClip(x: Tensor, bound: number): Tensor {
  return tf.div(x, tf.add(1, tf.div(tf.abs(x), bound)));
}
