import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';

/**
 * `value(x)` with a gradient of our own.
 *
 * The input is saved and handed to `gradient`, which must be built from operations that can be differentiated
 * themselves: then so can the result, any number of times.
 *
 * @param gradient (dy, x) -> dL/dx, of the shape of x
 */
export function withGradient(
  x: Tensor,
  value: (x: Tensor) => Tensor,
  gradient: (dy: Tensor, x: Tensor) => Tensor,
): Tensor {
  return tf.customGrad((input, save) => {
    (save as (saved: Tensor[]) => void)([input as Tensor]);
    return {
      value: value(input as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => gradient(dy, saved[0]!),
    };
  })(x);
}

/** The same values, of which no gradient is taken. */
export function detach(x: Tensor): Tensor {
  return withGradient(x, tf.clone, (dy) => tf.zerosLike(dy));
}
