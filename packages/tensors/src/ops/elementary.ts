/**
 * TensorFlow.js saves the *output* of exp, tanh, sigmoid and elu for their gradients, detached from the tape, so
 * differentiating twice throws. Here each gradient is computed anew from the saved *input* with these same
 * functions, which can therefore be differentiated any number of times.
 *
 * Every function takes and returns a tensor of any shape, and passes NaN on. In `tf.maximum` and `tf.minimum` the
 * tensor stands first: with the operands exchanged, the WebAssembly backend drops a NaN, as its `clipByValue` does.
 */
import * as tf from '@tensorflow/tfjs';
import { DomainError } from '../errors.js';
import type { Tensor } from '../types.js';
import { withGradient } from './gradient.js';

/**
 * An elementwise function with the derivative `slope`.
 *
 * @param value x -> f(x); not recorded, so it may branch and compare at will
 * @param slope x -> f'(x), itself differentiable
 *
 * @example
 * ```ts
 * import { elementwise, exp } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const gaussian = elementwise(
 *   (x) => tf.exp(tf.mul(-0.5, tf.square(x))),
 *   (x) => tf.neg(tf.mul(x, exp(tf.mul(-0.5, tf.square(x))))),
 * );
 * tf.grad(gaussian)(tf.scalar(1)).print(); // -0.6065307
 * ```
 */
export function elementwise(
  value: (x: Tensor) => Tensor,
  slope: (x: Tensor) => Tensor,
): (x: Tensor) => Tensor {
  return (x) => withGradient(x, value, (dy, x) => tf.mul(dy, slope(x)));
}

/** e^x. */
export const exp = elementwise(tf.exp, (x) => exp(x));

/** e^x - 1, exact to rounding near 0 as well. */
export const expm1 = elementwise(tf.expm1, (x) => exp(x));

/**
 * log(1 + x), exact to rounding near 0 as well; -Infinity at -1, NaN below.
 *
 * The rounding error of 1 + x is added back to first order, for the WebAssembly backend's own `log1p` is no more than
 * log of the rounded sum: 0 for every |x| < 6e-8.
 */
export const log1p = elementwise(
  (x) => {
    const near = tf.clipByValue(x, -0.5, 1); // elsewhere the error of the sum does no harm
    const sum = tf.add(1, near);
    const lost = tf.div(tf.sub(near, tf.sub(sum, 1)), sum);
    return tf.add(tf.log(tf.add(1, x)), lost);
  },
  (x) => tf.reciprocal(tf.add(1, x)),
);

/** tanh x. */
export const tanh = elementwise(tf.tanh, (x) => tf.sub(1, tf.square(tanh(x))));

/** 1 / (1 + e^-x); its derivative keeps its relative precision in both tails. */
export const sigmoid = elementwise(tf.sigmoid, (x) => tf.mul(sigmoid(x), sigmoid(tf.neg(x))));

/** log(1 + e^x). */
export const softplus = elementwise(tf.softplus, (x) => sigmoid(x));

/** log sigmoid(x) = -softplus(-x). */
export const logSigmoid = elementwise(
  (x) => tf.neg(tf.softplus(tf.neg(x))),
  (x) => sigmoid(tf.neg(x)),
);

/** x where x > 0, else e^x - 1 (Clevert et al., arXiv:1511.07289, eq. 15 with alpha = 1); the derivative is 1 at 0. */
export const elu = elementwise(
  (x) => tf.add(tf.maximum(x, 0), tf.expm1(tf.minimum(x, 0))),
  (x) => exp(clip(x, -Infinity, 0)),
);

/**
 * min(max(x, low), high); the derivative is 1 on [low, high] and 0 outside.
 *
 * @throws DomainError unless low <= high
 */
export function clip(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high))
    throw new DomainError(`clip: low <= high is required, got ${low} and ${high}.`);
  return elementwise(
    (x) => tf.minimum(tf.maximum(x, low), high),
    // greaterEqual, unlike less, may stand on a gradient's path.
    (x) =>
      tf.mul(
        tf.cast(tf.greaterEqual(x, low), 'float32'),
        tf.cast(tf.greaterEqual(high, x), 'float32'),
      ),
  )(x);
}

/**
 * x / (1 + |x| / bound): the identity near 0, with values in [-bound, bound] and derivative (1 + |x| / bound)^-2.
 *
 * It keeps logarithms of slopes and scales in a range where float32 inverts them well.
 *
 * @throws DomainError unless bound > 0
 */
export function softClip(x: Tensor, bound: number): Tensor {
  if (!(bound > 0)) throw new DomainError(`softClip: the bound must be positive, got ${bound}.`);
  const stretch = (x: Tensor) => tf.add(1, tf.div(tf.abs(x), bound));
  return elementwise(
    (x) => {
      const finite = tf.minimum(tf.maximum(x, -1e30), 1e30); // Infinity / Infinity is not a number
      return tf.div(finite, stretch(finite));
    },
    (x) => tf.square(tf.reciprocal(stretch(x))),
  )(x);
}
