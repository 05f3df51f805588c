import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';
import { exp } from './elementary.js';
import { withGradient } from './gradient.js';

/**
 * e^x / sum e^x over the last axis.
 *
 * @param x shape `[..., K]`
 * @returns shape `[..., K]`
 */
export function softmax(x: Tensor): Tensor {
  return withGradient(
    x,
    (x) => tf.softmax(x),
    (dy, x) => {
      const y = softmax(x);
      return tf.mul(y, tf.sub(dy, tf.sum(tf.mul(dy, y), -1, true)));
    },
  );
}

/**
 * log sum e^x over an axis; -Infinity where every entry is.
 *
 * @param x shape `[..., K, ...]`
 * @returns shape `[..., ...]`, or `[..., 1, ...]` with `keepDims`
 */
export function logSumExp(x: Tensor, axis = -1, keepDims = false): Tensor {
  const sum = withGradient(
    x,
    (x) => {
      // Where every entry is -Infinity there is nothing to shift by.
      const shift = tf.maximum(tf.max(x, axis, true), -3e38);
      return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, shift)), axis, true)), shift);
    },
    (dy, x) => tf.mul(dy, exp(tf.sub(x, tf.maximum(logSumExp(x, axis, true), -3e38)))),
  );
  return keepDims ? sum : tf.squeeze(sum, [axis < 0 ? x.rank + axis : axis]);
}

/**
 * x - log sum e^x over the last axis.
 *
 * @param x shape `[..., K]`
 * @returns shape `[..., K]`
 */
export function logSoftmax(x: Tensor): Tensor {
  return tf.sub(x, logSumExp(x, -1, true));
}
