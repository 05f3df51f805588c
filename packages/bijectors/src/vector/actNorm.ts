import {
  checkAbove,
  checkContext,
  checkCount,
  checkEvent,
  checkOptions,
  exp,
  parameter,
  softClip,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';
import { perVector, unclip } from '../ops.js';

/** Options of {@link ActNorm}. */
export interface ActNormOptions {
  /** Scales stay within (1/scaleBound, scaleBound); 1000 by default. */
  readonly scaleBound?: number;
}

/**
 * y = s (x - m), log|det| = sum log s, with m and s learned for each feature.
 *
 * The start depends on data: `prepare` sets m and s so that a batch comes out with mean 0 and variance 1, as far as the
 * bound of s lets it; a column that does not vary is moved only. Until then the map is the identity; afterwards, also
 * when it has been saved and loaded, `prepare` changes nothing.
 *
 * Source: Kingma and Dhariwal, arXiv:1807.03039, section 3.1.
 *
 * @example
 * ```ts
 * import { ActNorm } from '@pushforward/bijectors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const norm = new ActNorm(2);
 * const batch = tf.tensor2d([[1, 10], [3, 30]]);
 * norm.prepare(batch);
 * norm.forward(batch).print(); // [[-1, -1], [1, 1]]
 * ```
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
    checkCount('ActNorm', 'features', features, 1);
    checkAbove('ActNorm', 'scaleBound', scaleBound, 1);
    this.logBound = Math.log(scaleBound);
    this.mean = tf.tidy(() => parameter(tf.zeros([features])));
    this.logScale = tf.tidy(() => parameter(tf.zeros([features])));
    this.initialised = tf.tidy(() => state(tf.scalar(0)));
  }

  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(x, context);
    return tf.tidy(() => {
      const logScale = softClip(this.logScale, this.logBound);
      return [tf.mul(tf.sub(x, this.mean), exp(logScale)), perVector(x, tf.sum(logScale))];
    });
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(y, context);
    return tf.tidy(() => {
      const logScale = tf.neg(softClip(this.logScale, this.logBound));
      return [tf.add(tf.mul(y, exp(logScale)), this.mean), perVector(y, tf.sum(logScale))];
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
      // The inverse, y / s + m, must be what standardises.
      const scale = exp(softClip(logScale, this.logBound));
      this.start(tf.neg(tf.mul(mean, scale)), tf.neg(logScale));
    });
  }

  /** Mean, and logarithm of the scale before it is clipped, that give the rows of x mean 0 and variance 1. */
  private standardising(x: Tensor): { mean: Tensor; logScale: Tensor } {
    const { mean, variance } = tf.moments(tf.reshape(x, [-1, this.features]), 0);
    const deviation = tf.sqrt(variance);
    // What varies in a constant column is rounding: it is moved, not scaled.
    const constant = tf.greaterEqual(tf.mul(1e-6, tf.abs(mean)), deviation);
    const logScale = tf.neg(tf.log(tf.where(constant, tf.onesLike(deviation), deviation)));
    return { mean, logScale: unclip(logScale, this.logBound) };
  }

  /** Takes the values over, once. */
  private start(mean: Tensor, logScale: Tensor): void {
    const done = tf.greaterEqual(tf.mul(this.initialised, tf.onesLike(mean)), 0.5);
    this.mean.assign(tf.where(done, this.mean, mean));
    this.logScale.assign(tf.where(done, this.logScale, logScale));
    this.initialised.assign(tf.onesLike(this.initialised));
  }

  private checkInput(x: Tensor, context: Tensor | undefined): void {
    checkEvent('ActNorm', x, [this.features]);
    checkContext('ActNorm', 0, context);
  }
}
