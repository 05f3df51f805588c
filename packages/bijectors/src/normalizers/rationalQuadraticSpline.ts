import {
  checkAbove,
  checkCount,
  checkOptions,
  clip,
  constant,
  elementwise,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Normalizer } from '../normalizer.js';
import { Bins } from '../spline/bins.js';
import { rationalQuadratic, rationalQuadraticRoot } from '../spline/rationalQuadratic.js';

/** Options of {@link RationalQuadraticSpline}. */
export interface RationalQuadraticSplineOptions {
  /** K: number of bins; 8 by default. */
  readonly bins?: number;
  /** B: the spline acts on [-B, B]; 5 by default. */
  readonly bound?: number;
  /**
   * Slopes at the knots stay in (1/slopeBound, slopeBound), and no bin is slopeBound times as wide or as high as another;
   * 10 by default. Larger values fit sharper densities and are inverted less accurately.
   */
  readonly slopeBound?: number;
}

/**
 * A monotone rational-quadratic spline on [-B, B] with K bins, and the identity outside.
 *
 * Of the 3K - 1 numbers h, K give the widths of the bins, K their heights and K - 1 the slopes at the interior knots,
 * each through a bounded positive function; widths and heights are scaled to fill [-B, B], and the slopes at -B and B
 * are 1. h = 0 is the identity. The bound keeps the inverse accurate in float32 whatever the conditioner says: with the
 * default |f(f^-1(y)) - y| < 1e-5 B.
 *
 * Source: Durkan, Bekasov, Murray and Papamakarios, arXiv:1906.04032, section 3.1.
 *
 * @example
 * ```ts
 * import { RationalQuadraticSpline } from '@pushforward/bijectors';
 * import { Key } from '@pushforward/tensors';
 *
 * const spline = new RationalQuadraticSpline({ bins: 4, bound: 3 });
 * const [forX, forH] = Key.from(1).split(2);
 * const h = forH.normal([100, 2, spline.parameterCount]); // 11 numbers for each of x
 * const [y, logSlope] = spline.forwardAndLogDet(forX.normal([100, 2]), h); // [100, 2] each
 * ```
 */
export class RationalQuadraticSpline extends Normalizer {
  override readonly parameterCount: number;
  private readonly bound: number;
  private readonly bins: Bins;
  private readonly curvatures: Tensor;

  /** @throws DomainError for options outside their domain */
  constructor(options: RationalQuadraticSplineOptions = {}) {
    super();
    checkOptions('RationalQuadraticSpline', options, ['bins', 'bound', 'slopeBound']);
    const { bins = 8, bound = 5, slopeBound = 10 } = options;
    checkCount('RationalQuadraticSpline', 'bins', bins, 2);
    checkAbove('RationalQuadraticSpline', 'bound', bound, 0);
    checkAbove('RationalQuadraticSpline', 'slopeBound', slopeBound, 1);
    this.parameterCount = 3 * bins - 1;
    this.bound = bound;
    this.bins = new Bins(bins);
    this.curvatures = constant(() =>
      tf.concat([
        tf.fill([2 * bins], curvature(Math.sqrt(slopeBound))),
        tf.fill([bins - 1], curvature(slopeBound)),
      ]),
    );
  }

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    this.check(x, h);
    return tf.tidy(() => {
      const u = this.toUnit(x);
      const { bin, meanSlope, d0, d1 } = this.binAt(u, h, 'x');
      const z = tf.div(tf.sub(tf.mul(u, bin.totalWidth), bin.left), bin.width);
      const [r, slope] = rationalQuadratic(z, d0, d1);
      const v = tf.div(tf.add(bin.bottom, tf.mul(bin.height, r)), bin.totalHeight);
      return this.displaced(x, u, v, tf.log(tf.mul(slope, meanSlope)));
    });
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    this.check(y, h);
    return tf.tidy(() => {
      const v = this.toUnit(y);
      const { bin, meanSlope, d0, d1 } = this.binAt(v, h, 'y');
      const r = tf.div(tf.sub(tf.mul(v, bin.totalHeight), bin.bottom), bin.height);
      const z = rationalQuadraticRoot(r, d0, d1);
      const [, slope] = rationalQuadratic(z, d0, d1);
      const u = tf.div(tf.add(bin.left, tf.mul(bin.width, z)), bin.totalWidth);
      return this.displaced(y, v, u, tf.neg(tf.log(tf.mul(slope, meanSlope))));
    });
  }

  /** The place in [-1/2, 1/2] on the scale of the interval, `[N]`. */
  private toUnit(x: Tensor): Tensor {
    return clip(tf.div(tf.reshape(x, [-1]), 2 * this.bound), -0.5, 0.5);
  }

  /** The bin, its mean slope, and the slopes at its ends in units of that one. */
  private binAt(u: Tensor, h: Tensor, along: 'x' | 'y') {
    const table = boundedExp(tf.reshape(h, [-1, this.parameterCount]), this.curvatures);
    const bin = this.bins.at(table, u, along);
    const meanSlope = tf.div(
      tf.mul(bin.height, bin.totalWidth),
      tf.mul(bin.width, bin.totalHeight),
    );
    return {
      bin,
      meanSlope,
      d0: tf.div(bin.slope0, meanSlope),
      d1: tf.div(bin.slope1, meanSlope),
    };
  }

  /** x moved by v - u, which is 0 outside the interval. */
  private displaced(x: Tensor, u: Tensor, v: Tensor, logDet: Tensor): [Tensor, Tensor] {
    const displacement = tf.mul(tf.sub(v, u), 2 * this.bound);
    return [tf.add(x, tf.reshape(displacement, x.shape)), tf.reshape(logDet, x.shape)];
  }
}

/**
 * 1 + h / D with D = 1 - h/2 + c |h|: a positive increasing function that is 1 + h near 0, with f(-h) = 1 / f(h) and the
 * derivative 1 / D^2. With c = (b + 1) / (2 (b - 1)) its values lie between 1/b and b.
 *
 * It is e^z with z = softClip(h), the exponential replaced by its Padé approximant (1 + z/2) / (1 - z/2): an engine has
 * it in a fraction of the time.
 *
 * @param h shape `[..., P]`
 * @param c shape `[P]`
 */
function boundedExp(h: Tensor, c: Tensor): Tensor {
  const D = (h: Tensor) => tf.add(1, tf.sub(tf.mul(c, tf.abs(h)), tf.mul(0.5, h)));
  return elementwise(
    (h) => tf.add(1, tf.div(h, D(h))),
    (h) => tf.reciprocal(tf.square(D(h))),
  )(h);
}

/** The constant c of {@link boundedExp} for values between 1/b and b. */
function curvature(b: number): number {
  return (b + 1) / (2 * (b - 1));
}
