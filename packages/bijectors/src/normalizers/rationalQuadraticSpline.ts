import {
  checkOptions,
  clip,
  DomainError,
  exp,
  softClip,
  softmax,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Normalizer } from '../normalizer.js';
import { inverseRationalQuadraticSpline, rationalQuadraticSpline } from '../spline/kernel.js';

/** Options of {@link RationalQuadraticSpline}. */
export interface RationalQuadraticSplineOptions {
  /** K: number of bins; 8 by default. */
  readonly bins?: number;
  /** B: the spline acts on [-B, B], the identity outside; 5 by default. */
  readonly bound?: number;
  /** Slopes at the knots stay in (minSlope, 1 / minSlope); 0.1 by default. */
  readonly minSlope?: number;
  /** The narrowest bin is at least this part of the widest one, in x and in y; 0.001 by default. */
  readonly minRatio?: number;
}

/**
 * A monotone rational-quadratic spline on [-B, B] with K bins, continued by the identity.
 *
 * h holds K logits of widths, K logits of heights and the logarithms of the K - 1 interior slopes, each soft-clipped;
 * the slopes at -B and B are 1. h = 0 is the identity.
 *
 * Source: Durkan, Bekasov, Murray and Papamakarios, arXiv:1906.04032, section 3.1; the soft clips bound the slopes, on
 * which the accuracy of the inverse in float32 depends.
 */
export class RationalQuadraticSpline extends Normalizer {
  override readonly parameterCount: number;
  readonly bins: number;
  readonly bound: number;
  private readonly logSlope: number;
  private readonly logRatio: number;

  /** @throws DomainError for options outside their domain */
  constructor(options: RationalQuadraticSplineOptions = {}) {
    super();
    checkOptions('RationalQuadraticSpline', options, ['bins', 'bound', 'minSlope', 'minRatio']);
    const { bins = 8, bound = 5, minSlope = 0.1, minRatio = 1e-3 } = options;
    if (!Number.isInteger(bins) || bins < 1)
      throw new DomainError(`RationalQuadraticSpline: bins must be an integer >= 1, got ${bins}.`);
    if (!(bound > 0 && Number.isFinite(bound)))
      throw new DomainError(`RationalQuadraticSpline: bound must be > 0, got ${bound}.`);
    for (const [name, value] of Object.entries({ minSlope, minRatio }))
      if (!(value > 0 && value < 1))
        throw new DomainError(`RationalQuadraticSpline: ${name} must be in (0, 1), got ${value}.`);
    this.bins = bins;
    this.bound = bound;
    this.parameterCount = 3 * bins - 1;
    this.logSlope = -Math.log(minSlope);
    this.logRatio = -Math.log(minRatio) / 2;
  }

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    this.check(x, h);
    return tf.tidy(() => this.onInterval(x, h, rationalQuadraticSpline));
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    this.check(y, h);
    return tf.tidy(() => this.onInterval(y, h, inverseRationalQuadraticSpline));
  }

  private onInterval(
    x: Tensor,
    h: Tensor,
    spline: typeof rationalQuadraticSpline,
  ): [Tensor, Tensor] {
    const inside = tf.greaterEqual(this.bound, tf.abs(x));
    const [knotsX, knotsY, slopes] = this.knots(h);
    const [y, logDet] = spline(clip(x, -this.bound, this.bound), knotsX, knotsY, slopes);
    return [tf.where(inside, y, x), tf.where(inside, logDet, tf.zerosLike(logDet))];
  }

  private knots(h: Tensor): [Tensor, Tensor, Tensor] {
    const K = this.bins;
    const [widths, heights, slopes] = tf.split(h, [K, K, K - 1], -1) as [Tensor, Tensor, Tensor];
    const edge = tf.ones([...h.shape.slice(0, -1), 1]);
    return [
      this.positions(widths),
      this.positions(heights),
      tf.concat([edge, exp(softClip(slopes, this.logSlope)), edge], -1),
    ];
  }

  private positions(logits: Tensor): Tensor {
    const K = this.bins;
    const sizes = softmax(softClip(logits, this.logRatio));
    const cumulate = tf.tensor2d(
      Array.from({ length: K }, (_, i) => Array.from({ length: K + 1 }, (_, j) => (i < j ? 1 : 0))),
    );
    const parts = tf.reshape(tf.matMul(tf.reshape(sizes, [-1, K]), cumulate), [
      ...logits.shape.slice(0, -1),
      K + 1,
    ]);
    return tf.sub(tf.mul(parts, 2 * this.bound), this.bound);
  }
}
