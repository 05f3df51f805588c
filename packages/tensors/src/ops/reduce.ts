import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';
import { withGradient, withoutGradient } from './gradient.js';

/**
 * The largest entry along an axis. Entries that share the largest value share the gradient equally.
 *
 * @param x shape `[..., K, ...]`
 * @returns shape `[..., ...]`, or `[..., 1, ...]` with `keepDims`
 */
export function max(x: Tensor, axis = -1, keepDims = false): Tensor {
  return tf.tidy(() => {
    const largest = withGradient(
      x,
      (x) => tf.max(x, axis, true),
      (dy, x) => tf.mul(dy, sharesOfMax(x, axis)),
    );
    return keepDims ? largest : dropAxis(largest, axis);
  });
}

/**
 * log sum e^x along an axis, without overflow; -Infinity where every entry is. Its gradient is the softmax.
 *
 * @param x shape `[..., K, ...]`
 * @returns shape `[..., ...]`, or `[..., 1, ...]` with `keepDims`
 */
export function logSumExp(x: Tensor, axis = -1, keepDims = false): Tensor {
  return tf.tidy(() => {
    const sum = withGradient(
      x,
      (x) => {
        const largest = tf.max(x, axis, true);
        const weights = tf.exp(belowMax(x, largest));
        return tf.add(tf.log(tf.sum(weights, axis, true)), largest);
      },
      (dy, x) => tf.mul(dy, softmax(x, axis)),
    );
    return keepDims ? sum : dropAxis(sum, axis);
  });
}

/**
 * e^x / sum e^x along an axis.
 *
 * Entries of +Infinity share the weight equally; where every entry is -Infinity all weights are 0.
 *
 * @param x shape `[..., K, ...]`
 * @returns the shape of x
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return withGradient(
    x,
    (x) => {
      const weights = tf.exp(belowMax(x, tf.max(x, axis, true)));
      return tf.div(weights, totalOf(weights, axis));
    },
    (dy, x) => {
      const y = softmax(x, axis);
      return tf.mul(y, tf.sub(dy, tf.sum(tf.mul(dy, y), axis, true)));
    },
  );
}

/**
 * x - log sum e^x along an axis: the logarithm of {@link softmax}.
 *
 * @param x shape `[..., K, ...]`
 * @returns the shape of x
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return withGradient(
    x,
    (x) => {
      const shifted = belowMax(x, tf.max(x, axis, true));
      return tf.sub(shifted, tf.log(totalOf(tf.exp(shifted), axis)));
    },
    (dy, x) => tf.sub(dy, tf.mul(softmax(x, axis), tf.sum(dy, axis, true))),
  );
}

/** x - max x <= 0, also where the largest entry is infinite and the difference is not a number. */
function belowMax(x: Tensor, largest: Tensor): Tensor {
  const finite = tf.maximum(tf.minimum(largest, 3e38), -3e38);
  return tf.minimum(tf.sub(x, finite), 0);
}

/** The sum of weights of which the largest is 1, or all are 0: then 1, to divide by. */
function totalOf(weights: Tensor, axis: number): Tensor {
  return tf.maximum(tf.sum(weights, axis, true), 1);
}

function sharesOfMax(x: Tensor, axis: number): Tensor {
  return withoutGradient(x, (x) => {
    const isLargest = tf.cast(tf.greaterEqual(x, tf.max(x, axis, true)), 'float32');
    return tf.div(isLargest, tf.sum(isLargest, axis, true));
  });
}

function dropAxis(x: Tensor, axis: number): Tensor {
  return tf.squeeze(x, [axis < 0 ? x.rank + axis : axis]);
}
