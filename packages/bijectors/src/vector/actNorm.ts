import {
  checkContext,
  checkEvent,
  checkOptions,
  DomainError,
  exp,
  parameter,
  softClip,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';

/** Options of {@link ActNorm}. */
export interface ActNormOptions {
  /** Scales stay within (1/scaleBound, scaleBound); 1000 by default. */
  readonly scaleBound?: number;
}

/**
 * y = s (x - m), log|det| = sum log s, with m and s learned for each feature.
 *
 * The start depends on data: `prepare` sets m and s so that a batch comes out with mean 0 and variance 1. Until then
 * the map is the identity; afterwards, and when loaded, `prepare` changes nothing.
 *
 * Source: Kingma and Dhariwal, arXiv:1807.03039, section 3.1.
 */
export class ActNorm extends Bijector {
  override readonly eventRank = 1;
  private readonly mean: Variable;
  private readonly logScale: Variable;
  private readonly initialised: Variable;
  private readonly logBound: number;

  /**
   * @param features D
   * @throws DomainError for options outside their domain
   */
  constructor(
    readonly features: number,
    options: ActNormOptions = {},
  ) {
    super();
    checkOptions('ActNorm', options, ['scaleBound']);
    const { scaleBound = 1000 } = options;
    if (!Number.isInteger(features) || features < 1)
      throw new DomainError(`ActNorm: features must be an integer >= 1, got ${features}.`);
    if (!(scaleBound > 1 && Number.isFinite(scaleBound)))
      throw new DomainError(`ActNorm: scaleBound must be > 1, got ${scaleBound}.`);
    this.logBound = Math.log(scaleBound);
    this.mean = tf.tidy(() => parameter(tf.zeros([features])));
    this.logScale = tf.tidy(() => parameter(tf.zeros([features])));
    this.initialised = tf.tidy(() => state(tf.scalar(0)));
  }

  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(x, context);
    return tf.tidy(() => {
      const logScale = softClip(this.logScale, this.logBound);
      return [tf.mul(tf.sub(x, this.mean), exp(logScale)), perEvent(x, tf.sum(logScale))];
    });
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(y, context);
    return tf.tidy(() => {
      const logScale = tf.neg(softClip(this.logScale, this.logBound));
      return [tf.add(tf.mul(y, exp(logScale)), this.mean), perEvent(y, tf.sum(logScale))];
    });
  }

  override prepare(x: Tensor, context?: Tensor): void {
    this.checkInput(x, context);
    tf.tidy(() => {
      const { mean, logScale } = this.standardising(x);
      this.start(mean, logScale);
    });
  }

  override prepareInverse(y: Tensor, context?: Tensor): void {
    this.checkInput(y, context);
    tf.tidy(() => {
      const { mean, logScale } = this.standardising(y);
      // Standardising y is y -> s (y - m); the inverse of this map must do so.
      this.start(tf.neg(tf.mul(mean, exp(logScale))), tf.neg(logScale));
    });
  }

  /** The shift and the logarithm of the scale that give a batch mean 0 and variance 1, as far as the bound lets. */
  private standardising(x: Tensor): { mean: Tensor; logScale: Tensor } {
    const { mean, variance } = tf.moments(tf.reshape(x, [-1, this.features]), 0);
    const deviation = tf.sqrt(variance);
    // What is left of a constant column is rounding: it is moved, not scaled.
    const constant = tf.greaterEqual(tf.mul(1e-6, tf.abs(mean)), deviation);
    const logScale = tf.neg(tf.log(tf.where(constant, tf.onesLike(deviation), deviation)));
    // The soft clip reaches its bound only at infinity.
    const limit = 0.9 * this.logBound;
    return { mean, logScale: tf.clipByValue(logScale, -limit, limit) };
  }

  /** Takes the values over, once. */
  private start(mean: Tensor, logScale: Tensor): void {
    const raw = tf.div(logScale, tf.sub(1, tf.div(tf.abs(logScale), this.logBound)));
    const done = tf.greaterEqual(tf.mul(this.initialised, tf.onesLike(mean)), 0.5);
    this.mean.assign(tf.where(done, this.mean, mean));
    this.logScale.assign(tf.where(done, this.logScale, raw));
    this.initialised.assign(tf.scalar(1));
  }

  private checkInput(x: Tensor, context: Tensor | undefined): void {
    checkEvent('ActNorm', x, [this.features]);
    checkContext('ActNorm', 0, context);
  }
}

/** One number for every event of x. */
function perEvent(x: Tensor, value: Tensor): Tensor {
  return tf.add(tf.zeros(x.shape.slice(0, -1)), value);
}
