import * as tf from '@tensorflow/tfjs';
import { elementwise, log1p } from '../ops/elementary.js';
import type { Tensor } from '../types.js';

/**
 * log(1 - e^-x) for x > 0, without cancellation at either end.
 *
 * M. Maechler, "Accurately computing log(1 - exp(-|a|))", Rmpfr vignette (2012).
 *
 * @param x any shape, non-negative; NaN below
 * @returns the shape of x, at most 0; -Infinity at 0
 */
export const log1mexp = elementwise(
  (x) =>
    tf.where(
      tf.greaterEqual(x, Math.LN2),
      log1p(tf.neg(tf.exp(tf.neg(x)))),
      tf.log(tf.neg(tf.expm1(tf.neg(x)))),
    ),
  (x) => rate(x),
);

/** n = 1 / (e^x - 1), whose derivative is -n (1 + n). */
const rate: (x: Tensor) => Tensor = elementwise(
  (x) => tf.reciprocal(tf.expm1(x)),
  (x) => tf.neg(tf.mul(rate(x), tf.add(1, rate(x)))),
);
