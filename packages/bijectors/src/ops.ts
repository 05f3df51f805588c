import { clip, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** One log-determinant for every vector of x, `[..., D]` -> `[...]`. */
export function perVector(x: Tensor, logDet: Tensor): Tensor {
  return tf.add(tf.zeros(x.shape.slice(0, -1)), logDet);
}

/**
 * What `softClip(., bound)` maps to x; beyond nine tenths of the bound, which it only reaches at infinity, what it maps
 * to those.
 */
export function unclip(x: Tensor, bound: number): Tensor {
  const within = clip(x, -0.9 * bound, 0.9 * bound);
  return tf.div(within, tf.sub(1, tf.div(tf.abs(within), bound)));
}
