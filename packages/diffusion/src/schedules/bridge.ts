import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Levels } from './schedule.js';

/** The laws that lead from x_s to x_t and back, of the shape of the times. */
export interface Bridge {
  /** What x counts in the mean of q(x_s | x_t, x). */
  readonly data: Tensor;
  /** What x_t counts in the mean of q(x_s | x_t, x). */
  readonly noisy: Tensor;
  /** Variance of q(x_s | x_t, x); of DDPM, the smaller of the two choices. */
  readonly variance: Tensor;
  /** Variance of q(x_t | x_s); of DDPM, beta, the larger of the two choices. */
  readonly forwardVariance: Tensor;
}

/**
 * The laws between two times s < t of any schedule, from its levels there: with r = alpha_t sigma_s / (alpha_s sigma_t),
 * q(x_s | x_t, x) = N(alpha_s (1 - r^2) x + r sigma_s / sigma_t x_t, sigma_s^2 (1 - r^2)) and
 * q(x_t | x_s) = N(alpha_t / alpha_s x_s, sigma_t^2 (1 - r^2)).
 *
 * On the grid i / T of a schedule of T steps these are the quantities of DDPM; a grid as long as you like is a vector of times.
 *
 * Source: Ho, Jain and Abbeel, arXiv:2006.11239, eq. 7; Kingma et al., "Variational diffusion models", arXiv:2107.00630, appendix A.
 *
 * @param earlier levels at s
 * @param later levels at t, of the same shape
 *
 * @example
 * ```ts
 * import { bridge, linearBetas } from '@pushforward/diffusion';
 * import * as tf from '@tensorflow/tfjs';
 * const schedule = linearBetas({ steps: 4, start: 0.1, end: 0.4 });
 * const { forwardVariance } = bridge(
 *   schedule.at(tf.tensor1d([0, 0.25, 0.5, 0.75])),
 *   schedule.at(tf.tensor1d([0.25, 0.5, 0.75, 1])),
 * );
 * forwardVariance.print(); // [0.1, 0.2, 0.3, 0.4]
 * ```
 */
export function bridge(earlier: Levels, later: Levels): Bridge {
  return tf.tidy(() => {
    const shrunk = tf.div(earlier.sigma, later.sigma);
    const ratio = tf.mul(shrunk, tf.div(later.alpha, earlier.alpha));
    const fresh = tf.mul(tf.sub(1, ratio), tf.add(1, ratio));
    return {
      data: tf.mul(earlier.alpha, fresh),
      noisy: tf.mul(ratio, shrunk),
      variance: tf.mul(tf.square(earlier.sigma), fresh),
      forwardVariance: tf.mul(tf.square(later.sigma), fresh),
    };
  });
}
