import { DiagonalNormal, type Distribution, MultivariateNormal } from '@pushforward/distributions';
import {
  checkAbove,
  checkCount,
  checkOptions,
  DomainError,
  OptionError,
  sigmoid,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { choleskyFactor, countBelow } from '../laws/choleskyFactor.js';
import { LowRankNormal } from '../laws/lowRankNormal.js';
import { checkScale, type ScaleOptions, scaleOf } from '../scale.js';

/** Options of normal laws. */
export interface NormalOptions {
  /** The scale that zeros select, > floor; 1 by default. */
  readonly scale?: number;
  /** A bound below the scales, >= 0; 1e-4 by default. */
  readonly floor?: number;
}

/** Options of {@link diagonalNormal}. */
export interface DiagonalNormalOptions extends NormalOptions {
  /**
   * delta: nats that the divergence to a standard normal prior has at least, whatever the data, so that latents cannot
   * be ignored. Scales are then below the s < 1 with L ((s^2 - 1) / 2 - log s) = delta. None by default.
   *
   * Source: Razavi et al., "Preventing posterior collapse with delta-VAEs", arXiv:1901.03416.
   */
  readonly committedRate?: number;
}

/** N(h_1, diag(s(h_2))^2). */
class Diagonal extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    features: number,
    private readonly scale: (raw: Tensor) => Tensor,
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = 2 * features;
  }

  override law(parameters: Tensor): Distribution {
    const [loc, raw] = tf.split(parameters, 2, -1);
    return new DiagonalNormal(loc!, this.scale(raw!));
  }
}

/**
 * Normal laws of independent numbers; zeros select N(0, scale^2 I). The numbers are L means and, before their softplus,
 * L scales.
 *
 * @param features L
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function diagonalNormal(features: number, options: DiagonalNormalOptions = {}): Family {
  checkOptions('diagonalNormal', options, ['scale', 'floor', 'committedRate']);
  const range = checkNormal('diagonalNormal', features, options);
  const { committedRate } = options;
  if (committedRate === undefined) return new Diagonal(features, (raw) => scaleOf(raw, range));
  if (options.scale !== undefined)
    throw new OptionError(
      'diagonalNormal: with a committedRate the scales start where it says, not at a scale.',
    );
  checkAbove('diagonalNormal', 'committedRate', committedRate, 0);
  const { floor } = range;
  const ceiling = scaleOfRate(committedRate / features);
  if (ceiling <= floor)
    throw new OptionError(
      `diagonalNormal: a committedRate of ${committedRate} needs scales below ${ceiling}, where the floor is ${floor}.`,
    );
  return new Diagonal(features, (raw) => tf.add(floor, tf.mul(ceiling - floor, sigmoid(raw))));
}

/** The s in (0, 1) with KL(N(0, s^2) || N(0, 1)) = (s^2 - 1) / 2 - log s = rate: by halving, as it falls in s. */
function scaleOfRate(rate: number): number {
  let [low, high] = [Math.exp(-rate - 1), 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if ((middle ** 2 - 1) / 2 - Math.log(middle) > rate) low = middle;
    else high = middle;
  }
  return low;
}

/** N(h_1, L L^T), L with the diagonal s(h_2) and h_3 below. */
class Full extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    private readonly features: number,
    private readonly range: ScaleOptions,
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = 2 * features + countBelow(features);
  }

  override law(parameters: Tensor): Distribution {
    const { features } = this;
    const sizes = [features, features, countBelow(features)];
    const [loc, raw, below] = tf.split(parameters, sizes, -1);
    return new MultivariateNormal(loc!, choleskyFactor(scaleOf(raw!, this.range), below!));
  }
}

/**
 * Normal laws of any covariance; zeros select N(0, scale^2 I). The numbers are L means, L scales before their softplus,
 * and the L (L - 1) / 2 numbers below the diagonal of a Cholesky factor.
 *
 * @param features L
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function fullNormal(features: number, options: NormalOptions = {}): Family {
  checkOptions('fullNormal', options, ['scale', 'floor']);
  return new Full(features, checkNormal('fullNormal', features, options));
}

/** N(h_1, diag(s(h_2))^2 + U U^T), U = h_3. */
class LowRank extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    private readonly features: number,
    private readonly rank: number,
    private readonly range: ScaleOptions,
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = features * (2 + rank);
  }

  override law(parameters: Tensor): Distribution {
    const { features, rank } = this;
    const [loc, raw, factor] = tf.split(parameters, [features, features, features * rank], -1);
    const shape = [...parameters.shape.slice(0, -1), features, rank];
    const scale = scaleOf(raw!, this.range);
    return new LowRankNormal(loc!, scale, tf.reshape(factor!, shape));
  }
}

/**
 * Normal laws whose covariance is a diagonal and a matrix of rank R; zeros select N(0, scale^2 I). The numbers are L
 * means, L scales before their softplus, and an L x R factor.
 *
 * @param features L
 * @param rank R, from 1 to L
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function lowRankNormal(features: number, rank: number, options: NormalOptions = {}): Family {
  checkOptions('lowRankNormal', options, ['scale', 'floor']);
  checkCount('lowRankNormal', 'rank', rank, 1);
  if (rank > features)
    throw new DomainError(`lowRankNormal: rank must be at most ${features}, got ${rank}.`);
  return new LowRank(features, rank, checkNormal('lowRankNormal', features, options));
}

function checkNormal(where: string, features: number, options: NormalOptions): ScaleOptions {
  checkCount(where, 'features', features, 1);
  const range = { start: options.scale ?? 1, floor: options.floor ?? 1e-4 };
  checkScale(where, range);
  return range;
}
