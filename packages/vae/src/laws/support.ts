import { type Tensor, untracked } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * A log-density where x is inside a support, -Infinity elsewhere, and NaN where x is NaN.
 *
 * @param excess x -> how far it is outside, at most 0 inside
 * @param logProb finite everywhere, of a shape that x broadcasts to or from
 */
export function onSupport(x: Tensor, excess: (x: Tensor) => Tensor, logProb: Tensor): Tensor {
  const penalty = untracked(() => {
    const beyond = excess(x);
    // Comparisons with NaN are false, and 0 * NaN is NaN.
    return tf.where(tf.greater(beyond, 0), tf.fill(beyond.shape, -Infinity), tf.mul(0, beyond));
  });
  return tf.add(logProb, penalty);
}
