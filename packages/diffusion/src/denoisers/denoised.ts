import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Levels, Slopes } from '../schedules/schedule.js';

/** The ways to say what is known of x given x_t; each tells all others. */
export const predictions = ['noise', 'data', 'velocity', 'score', 'flow'] as const;

/**
 * One of them: the expectation given x_t of
 * `'noise'`, eps; `'data'`, x; `'velocity'`, alpha eps - sigma x; `'score'`, -eps / sigma, which is the gradient of log p(x_t);
 * `'flow'`, dx_t/dt = alpha' x + sigma' eps.
 */
export type Prediction = (typeof predictions)[number];

/** Where on its way from data to noise an x_t is: everything of a shape that broadcasts against x_t. */
export interface Place extends Levels {
  /** Asked for where a flow is converted only. */
  readonly slopes: () => Slopes;
}

/**
 * What is known of x given x_t: its mean, in whichever of five forms it was predicted, and its variance where that is known.
 *
 * All conversions are here, by x_t = alpha x + sigma eps. What was predicted is handed out as it is, so that nothing is lost where
 * alpha or sigma is small. Tensors are made when they are asked for: ask within a `tf.tidy`.
 */
export class Denoised {
  /**
   * @param noisy x_t, shape `[...batch, ...event]`
   * @param place its levels
   * @param form which expectation `value` is
   * @param value shape of x_t
   * @param variance Var[x | x_t] of each number, shape of x_t
   */
  constructor(
    readonly noisy: Tensor,
    readonly place: Place,
    readonly form: Prediction,
    readonly value: Tensor,
    readonly variance?: Tensor,
  ) {}

  /** E[x | x_t], shape `[...batch, ...event]`. */
  get mean(): Tensor {
    const { alpha, sigma } = this.place;
    switch (this.form) {
      case 'data':
        return this.value;
      case 'velocity': {
        // (alpha x_t - sigma v) / (alpha^2 + sigma^2)
        const total = tf.add(tf.square(alpha), tf.square(sigma));
        return tf.div(tf.sub(tf.mul(alpha, this.noisy), tf.mul(sigma, this.value)), total);
      }
      case 'flow': {
        // u = alpha' x + sigma' eps, with sigma' = (sigma^2)' / (2 sigma): x = (sigma u - sigma' x_t) / (sigma alpha' - sigma' alpha)
        const slopes = this.place.slopes();
        const half = tf.mul(0.5, slopes.variance);
        const above = tf.sub(tf.mul(tf.square(sigma), this.value), tf.mul(half, this.noisy));
        return tf.div(above, tf.sub(tf.mul(tf.square(sigma), slopes.alpha), tf.mul(half, alpha)));
      }
      default:
        return tf.div(tf.sub(this.noisy, tf.mul(sigma, this.noise)), alpha);
    }
  }

  /** E[eps | x_t], shape `[...batch, ...event]`. */
  get noise(): Tensor {
    const { alpha, sigma } = this.place;
    switch (this.form) {
      case 'noise':
        return this.value;
      case 'score':
        return tf.neg(tf.mul(sigma, this.value));
      case 'velocity': {
        const total = tf.add(tf.square(alpha), tf.square(sigma));
        return tf.div(tf.add(tf.mul(sigma, this.noisy), tf.mul(alpha, this.value)), total);
      }
      case 'flow': {
        // eps = (alpha u - alpha' x_t) / (alpha sigma' - alpha' sigma)
        const slopes = this.place.slopes();
        const above = tf.sub(tf.mul(alpha, this.value), tf.mul(slopes.alpha, this.noisy));
        const half = tf.mul(0.5, slopes.variance);
        const below = tf.sub(tf.mul(alpha, half), tf.mul(slopes.alpha, tf.square(sigma)));
        return tf.div(tf.mul(sigma, above), below);
      }
      default:
        return tf.div(tf.sub(this.noisy, tf.mul(alpha, this.value)), sigma);
    }
  }

  /** E[alpha eps - sigma x | x_t], shape `[...batch, ...event]` (Salimans and Ho, arXiv:2202.00512). */
  get velocity(): Tensor {
    if (this.form === 'velocity') return this.value;
    const { alpha, sigma } = this.place;
    return tf.sub(tf.mul(alpha, this.noise), tf.mul(sigma, this.mean));
  }

  /** The gradient of log p(x_t), shape `[...batch, ...event]`. */
  get score(): Tensor {
    if (this.form === 'score') return this.value;
    return tf.neg(tf.div(this.noise, this.place.sigma));
  }

  /**
   * How far what was predicted is from what was true, squared, number by number, in any of the five forms: the differences are
   * multiples of one another, so that no conversion rounds them.
   *
   * @param form of which the difference is taken
   * @param x the data, shape of x_t
   * @param eps the noise, shape of x_t
   */
  squaredErrors(form: Prediction, x: Tensor, eps: Tensor): Tensor {
    const own = tf.squaredDifference(this.value, truth(this.form, x, eps, this.place));
    if (form === this.form) return own;
    const factor = tf.div(perData(form, this.place), perData(this.form, this.place));
    return tf.mul(tf.square(factor), own);
  }

  /** E[dx_t/dt | x_t], the field of the probability-flow equation, shape `[...batch, ...event]`. */
  get flow(): Tensor {
    if (this.form === 'flow') return this.value;
    const slopes = this.place.slopes();
    const half = tf.mul(0.5, slopes.variance);
    return tf.sub(tf.mul(slopes.alpha, this.mean), tf.mul(half, this.score));
  }
}

/** What a perfect prediction would be: the form of x and eps themselves. */
function truth(form: Prediction, x: Tensor, eps: Tensor, place: Place): Tensor {
  const { alpha, sigma } = place;
  switch (form) {
    case 'noise':
      return eps;
    case 'data':
      return x;
    case 'velocity':
      return tf.sub(tf.mul(alpha, eps), tf.mul(sigma, x));
    case 'score':
      return tf.neg(tf.div(eps, sigma));
    case 'flow': {
      const slopes = place.slopes();
      const ofNoise = tf.div(tf.mul(0.5, slopes.variance), sigma);
      return tf.add(tf.mul(slopes.alpha, x), tf.mul(ofNoise, eps));
    }
  }
}

/** By how much a form changes with x, at a given x_t. */
function perData(form: Prediction, place: Place): Tensor {
  const { alpha, sigma } = place;
  switch (form) {
    case 'noise':
      return tf.neg(tf.div(alpha, sigma));
    case 'data':
      return tf.scalar(1);
    case 'velocity':
      return tf.neg(tf.div(tf.add(tf.square(alpha), tf.square(sigma)), sigma));
    case 'score':
      return tf.div(alpha, tf.square(sigma));
    case 'flow':
      return flowPerData(place);
  }
}

/** alpha' - (sigma^2)' alpha / (2 sigma^2): by how much the flow changes with x, which is alpha times half the slope of the log-SNR. */
export function flowPerData({ alpha, sigma, slopes }: Place): Tensor {
  const { alpha: slope, variance } = slopes();
  return tf.sub(slope, tf.div(tf.mul(tf.mul(0.5, variance), alpha), tf.square(sigma)));
}
