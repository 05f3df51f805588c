import { DiagonalNormal, type Distribution } from '@pushforward/distributions';
import {
  type Batch,
  broadcastShapes,
  checkCount,
  checkEvent,
  checkOptions,
  detach,
  OptionError,
  parameter,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { checkScale, scaleOf } from '../scale.js';
import { type Correlation, correlatedGaussian } from './correlated.js';
import { perNumber } from './perNumber.js';

/** Where the standard deviation of a Gaussian likelihood comes from. */
const variances = ['learned', 'fixed', 'batch', 'predicted'] as const;

/** Options of {@link gaussian}. */
export interface GaussianOptions {
  /**
   * Where the standard deviation sigma comes from:
   * `'learned'`, the default, one number trained by gradient along with the networks;
   * `'fixed'`, the number `scale`;
   * `'batch'`, the best one for each batch in closed form, sigma^2 = mean (x - mean)^2, where training asks for a loss,
   * as `elbo` does; where it asks for densities, as `iwae` does, the one stored, which `calibrate` sets;
   * `'predicted'`, from the decoder, so that it depends on z.
   */
  readonly variance?: (typeof variances)[number];
  /**
   * sigma where it is fixed, else where it starts; 1 by default. The recommended start is the deviation of the data.
   */
  readonly scale?: number;
  /**
   * A bound below sigma, 1e-3 by default. A likelihood that reproduces its data exactly with sigma going to 0 has no
   * bound above: the deterministic collapse that a floor rules out.
   */
  readonly floor?: number;
  /** Whether sigma is one number for each coordinate; true by default where it is `'predicted'`, else false. */
  readonly perCoordinate?: boolean;
  /**
   * How coordinates go together given z, beside a scale for each that is `'learned'` or `'predicted'`: `'full'`, any
   * covariance, by a Cholesky factor, or `{ rank: R }`, diag(s) (I + V V^T) diag(s) with R columns of V. Independent by
   * default. The floor is of the factor's diagonal, or of the scales, and so bounds the density.
   */
  readonly covariance?: Correlation;
}

/** N(h, sigma^2) with a sigma that all laws share. */
class OneScale extends Family {
  override readonly independent = true;
  override readonly eventShape: readonly number[];

  constructor(
    override readonly parameterCount: number,
    /** sigma, `[]` or `[D]`, from what is stored. */
    private readonly scale: () => Tensor,
    /** What is stored, where it is: found here by `parameters()`. */
    readonly stored?: Variable,
  ) {
    super();
    this.eventShape = [parameterCount];
  }

  override law(mean: Tensor): Distribution {
    return new DiagonalNormal(mean, this.scale());
  }
}

/** N(h_1, sigma(h_2)^2), two numbers for each coordinate. */
class ScaleEach extends Family {
  override readonly independent = true;
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    features: number,
    private readonly range: { start: number; floor: number },
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = 2 * features;
  }

  override law(parameters: Tensor): Distribution {
    const [mean, raw] = perNumber(parameters, this.eventShape[0]!, 2);
    const scale = scaleOf(tf.squeeze(raw!, [-1]), this.range);
    return new DiagonalNormal(tf.squeeze(mean!, [-1]), scale);
  }
}

/** N(h_1, sigma(h_2)^2 I), a number for each coordinate and one behind them for all. */
class ScaleOfAll extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    private readonly features: number,
    private readonly range: { start: number; floor: number },
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = features + 1;
  }

  override law(parameters: Tensor): Distribution {
    const [mean, raw] = tf.split(parameters, [this.features, 1], -1);
    return new DiagonalNormal(mean!, tf.mul(scaleOf(raw!, this.range), tf.onesLike(mean!)));
  }
}

/**
 * The family of `gaussian(D, { variance: 'batch' })`.
 *
 * The loss of its laws is the least over sigma, D/2 (log(2 pi e) + log sigma^2) at sigma^2 = mean (x - mean)^2; their
 * log-density, which says something of each x alone, has the sigma that {@link calibrate} has stored.
 *
 * Source: Rybkin, Daniilidis and Levine, "Simple and effective VAE training with calibrated decoders",
 * arXiv:2006.13202.
 */
export class CalibratedGaussian extends Family {
  override readonly independent = true;
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  /** sigma, shape `[]` or `[D]`. */
  readonly scale: Variable;

  /** @internal made by {@link gaussian} */
  constructor(
    features: number,
    start: number,
    private readonly floor: number,
    perCoordinate: boolean,
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = features;
    this.scale = state(() => tf.fill(perCoordinate ? [features] : [], start));
  }

  override law(mean: Tensor): Distribution {
    return new ProfiledNormal(mean, this.scale, (x) => this.best(x, mean));
  }

  /**
   * Stores the sigma that is best for data and what a decoder says of them, such as those of the whole training set.
   *
   * @param x shape `[..., D]`
   * @param mean of the laws, shape `[..., D]`
   * @throws ShapeError where the two do not fit the family, or each other
   */
  calibrate(x: Tensor, mean: Tensor): void {
    const where = 'CalibratedGaussian.calibrate';
    for (const each of [x, mean]) checkEvent(where, each, this.eventShape);
    broadcastShapes(where, x.shape, mean.shape);
    tf.tidy(() => {
      this.scale.assign(this.best(x, mean));
    });
  }

  /** The root mean square of x - mean, over all coordinates or each, at least the floor. */
  private best(x: Tensor, mean: Tensor): Tensor {
    const square = tf.square(tf.sub(x, mean));
    const axes = square.shape.map((_, axis) => axis);
    const each = tf.mean(square, this.scale.rank === 0 ? axes : axes.slice(0, -1));
    return tf.maximum(tf.sqrt(each), this.floor);
  }
}

/** A normal law whose loss is the least over its scale. */
class ProfiledNormal extends DiagonalNormal {
  constructor(
    loc: Tensor,
    scale: Tensor,
    private readonly best: (x: Tensor) => Tensor,
  ) {
    super(loc, scale);
  }

  override loss({ x }: Batch): Tensor {
    return tf.tidy(() => {
      // At the best sigma the derivative with respect to it is 0, and on the floor it does not move.
      const scale = detach(this.best(x));
      return tf.neg(tf.mean(new DiagonalNormal(this.loc, scale).logProb(x)));
    });
  }
}

/**
 * Normal numbers around what the decoder tells: for each a mean, and behind it where it is predicted, before its
 * softplus, a scale; one that is predicted for all coordinates together stands behind all means. They are independent
 * unless a covariance is asked for. Of one of low rank that is predicted, R numbers of V follow the scale; those of one
 * that is full are as of `fullNormal`.
 *
 * @param features D
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { gaussian } from '@pushforward/vae';
 * import * as tf from '@tensorflow/tfjs';
 * const family = gaussian(2, { variance: 'predicted', scale: 0.5 });
 * family.law(tf.zeros([4])).variance!().print(); // [0.25, 0.25]
 * ```
 */
export function gaussian(
  features: number,
  options: GaussianOptions & { readonly variance: 'batch' },
): CalibratedGaussian;
export function gaussian(features: number, options?: GaussianOptions): Family;
export function gaussian(features: number, options: GaussianOptions = {}): Family {
  checkOptions('gaussian', options, ['variance', 'scale', 'floor', 'perCoordinate', 'covariance']);
  const { variance = 'learned', scale = 1, floor = 1e-3, covariance } = options;
  const { perCoordinate = variance === 'predicted' } = options;
  checkCount('gaussian', 'features', features, 1);
  if (!variances.includes(variance))
    throw new OptionError(
      `gaussian: variance must be one of ${variances.join(', ')}, got ${variance}.`,
    );
  if (perCoordinate && variance === 'fixed')
    throw new OptionError("gaussian: a 'fixed' variance is one number for all coordinates.");
  const asked = options.perCoordinate !== undefined;
  if (covariance !== undefined && (variance === 'fixed' || variance === 'batch' || asked))
    throw new OptionError(
      "gaussian: a covariance goes with a variance that is 'learned' or 'predicted', without perCoordinate.",
    );
  if (variance === 'fixed') {
    if (options.floor !== undefined)
      throw new OptionError("gaussian: a 'fixed' variance has no floor.");
    checkScale('gaussian', { start: scale, floor: 0 });
    return new OneScale(features, () => tf.scalar(scale));
  }
  const range = { start: scale, floor };
  checkScale('gaussian', range);
  if (covariance !== undefined)
    return correlatedGaussian(features, covariance, range, variance === 'predicted');
  if (variance === 'predicted')
    return perCoordinate ? new ScaleEach(features, range) : new ScaleOfAll(features, range);
  if (variance === 'batch') return new CalibratedGaussian(features, scale, floor, perCoordinate);
  const raw = parameter(() => tf.zeros(perCoordinate ? [features] : []));
  return new OneScale(features, () => scaleOf(raw, range), raw);
}
