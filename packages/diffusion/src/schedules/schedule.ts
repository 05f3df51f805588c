import { Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** How much signal and how much noise there is in x_t = alpha x + sigma eps. */
export interface Levels {
  /** Shape of the times. */
  readonly alpha: Tensor;
  /** Shape of the times. */
  readonly sigma: Tensor;
}

/** How fast {@link Levels} change. */
export interface Slopes {
  /** d alpha / dt, the shape of the times. */
  readonly alpha: Tensor;
  /** d sigma^2 / dt, the shape of the times. */
  readonly variance: Tensor;
}

/**
 * How noise comes in: x_t = alpha(t) x + sigma(t) eps with eps ~ N(0, I), for t from 0 to 1.
 *
 * A schedule of T steps is one that holds known numbers at the times i / T, and any schedule can be walked on such a grid:
 * discrete and continuous time are two views of one object.
 *
 * As a stochastic differential equation it is dx = f x dt + g dw, with f = alpha' / alpha and g^2 = (sigma^2)' - 2 f sigma^2.
 */
export abstract class Schedule extends Module {
  /** T where the schedule is made of T steps; undefined where it is made in continuous time. */
  readonly steps: number | undefined = undefined;

  /** Whether alpha^2 + sigma^2 = 1, so that data of unit variance keep it. */
  abstract readonly preservesVariance: boolean;

  /** Whether x_0 = x, sigma(0) = 0. */
  readonly startsClean: boolean = false;

  /** Whether nothing is left of x at t = 1, alpha(1) = 0; x cannot be told from the noise there. */
  readonly endsInNoise: boolean = false;

  /**
   * alpha and sigma, each to the digits of float32 where it is small.
   *
   * @param t any shape, in [0, 1]
   */
  abstract at(t: Tensor): Levels;

  /**
   * The derivatives of alpha and sigma^2, which are finite where that of sigma is not.
   *
   * @param t any shape, in [0, 1]
   */
  abstract slopes(t: Tensor): Slopes;

  /** log alpha^2 / sigma^2, which decreases: the shape of t; Infinity without noise. */
  logSnr(t: Tensor): Tensor {
    return tf.tidy(() => {
      const { alpha, sigma } = this.at(t);
      return tf.mul(2, tf.sub(tf.log(alpha), tf.log(sigma)));
    });
  }

  /** d logSnr / dt < 0: the shape of t; -Infinity where alpha or sigma is 0. */
  logSnrSlope(t: Tensor): Tensor {
    return tf.tidy(() => {
      const { alpha, sigma } = this.at(t);
      const slopes = this.slopes(t);
      return tf.sub(
        tf.mul(2, tf.div(slopes.alpha, alpha)),
        tf.div(slopes.variance, tf.square(sigma)),
      );
    });
  }

  /** f = d log alpha / dt of dx = f x dt + g dw: the shape of t; -Infinity where alpha is 0. */
  drift(t: Tensor): Tensor {
    return tf.tidy(() => tf.div(this.slopes(t).alpha, this.at(t).alpha));
  }

  /** g^2 = (sigma^2)' - 2 f sigma^2 of dx = f x dt + g dw: the shape of t; Infinity where alpha is 0. */
  diffusion(t: Tensor): Tensor {
    return tf.tidy(() => {
      const { alpha, sigma } = this.at(t);
      const slopes = this.slopes(t);
      const lost = tf.mul(tf.mul(2, tf.div(slopes.alpha, alpha)), tf.square(sigma));
      return tf.sub(slopes.variance, lost);
    });
  }

  /**
   * The deviation of x_1 for data of unit variance, sqrt(alpha(1)^2 + sigma(1)^2), shape `[]`: where samplers start, N(0, s^2 I).
   * It is 1 where variance is preserved.
   */
  priorScale(): Tensor {
    return tf.tidy(() => {
      if (this.preservesVariance) return tf.scalar(1);
      const { alpha, sigma } = this.at(tf.scalar(1));
      return tf.sqrt(tf.add(tf.square(alpha), tf.square(sigma)));
    });
  }
}
