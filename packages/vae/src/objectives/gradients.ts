import type { Distribution } from '@pushforward/distributions';
import { detach, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * log q(z) whose gradient with respect to the weights of q is taken along z alone: minus that of log q at a fixed z, whose
 * expectation is zero.
 *
 * The value is that of log q(z).
 *
 * @param z draws of q, with their gradient
 * @param logProb log q(z)
 *
 * Source: Roeder, Wu and Duvenaud, "Sticking the landing", arXiv:1703.09194, eq. 6.
 */
export function alongPath(q: Distribution, z: Tensor, logProb: Tensor): Tensor {
  const score = q.logProb(detach(z));
  return tf.sub(logProb, tf.sub(score, detach(score)));
}

/** x, whose gradient is multiplied by a constant factor that x broadcasts with. */
export function scaleGradient(x: Tensor, factor: Tensor): Tensor {
  const fixed = detach(x);
  // The difference is 0 and its derivative 1.
  return tf.add(fixed, tf.mul(factor, tf.sub(x, fixed)));
}
