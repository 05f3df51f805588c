import { type Tensor, withoutGradient } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * A log-density inside the support, -Infinity outside: but NaN stays NaN, for a row that is no number is a mistake, not
 * an impossible event.
 *
 * @param x shape `[...batch]`
 * @param inside x -> booleans, false at NaN
 * @param logProb shape `[...batch]`, or broadcastable to it
 */
export function onSupport(x: Tensor, inside: (x: Tensor) => Tensor, logProb: Tensor): Tensor {
  const outside = withoutGradient(x, (x) => tf.sub(tf.minimum(x, 0), Infinity));
  return tf.where(withoutGradient(x, inside), logProb, outside);
}
