import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** D x D: 1 on and below the diagonal, 0 above. */
export function lowerMask(size: number): Tensor {
  return tf.linalg.bandPart(tf.ones([size, size]), -1, 0);
}
