import type { Distribution } from '@pushforward/distributions';
import { detach, pullback, type Tensor, withGradient } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * log q(z) whose gradient with respect to the weights of q is taken along z alone: minus that of log q at a fixed z,
 * whose expectation is zero.
 *
 * The value is that of log q(z).
 *
 * @param z draws of q, with their gradient
 * @param logProb log q(z)
 *
 * Source: Roeder, Wu and Duvenaud, "Sticking the landing", arXiv:1703.09194.
 */
export function alongPath(q: Distribution, z: Tensor, logProb: Tensor): Tensor {
  const score = q.logProb(detach(z));
  return tf.sub(logProb, tf.sub(score, detach(score)));
}

/** x, whose gradient is multiplied by a constant factor that broadcasts to its shape. */
export function scaleGradient(x: Tensor, factor: Tensor): Tensor {
  return tf.customGrad((x, factor, save) => {
    (save as (saved: Tensor[]) => void)([factor as Tensor]);
    return {
      value: tf.clone(x as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [tf.mul(dy, saved[0]!), tf.zerosLike(saved[0]!)],
    };
  })(x, factor);
}

/** f(x), whose gradient reaches x, and not the weights of f. */
export function throughInput(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  return withGradient(x, f, (dy, x) => pullback(f, [x], dy)[0]!);
}

/** A value that has the gradient of something else. */
export function withGradientOf(value: Tensor, surrogate: Tensor): Tensor {
  return tf.add(value, tf.sub(surrogate, detach(surrogate)));
}
