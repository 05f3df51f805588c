import { type Distribution, MultivariateNormal } from '@pushforward/distributions';
import {
  checkCount,
  checkOptions,
  constant,
  DomainError,
  Key,
  OptionError,
  parameter,
  softClip,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { choleskyFactor, countBelow } from '../laws/choleskyFactor.js';
import { LowRankNormal } from '../laws/lowRankNormal.js';
import { fullNormal } from '../posteriors/normal.js';
import { type ScaleOptions, scaleOf } from '../scale.js';

/** Any covariance, or a diagonal and a matrix of rank R. */
export type Correlation = 'full' | { readonly rank: number };

/** N(h, S) with a covariance S that all laws share. */
class OneCovariance extends Family {
  override readonly eventShape: readonly number[];

  constructor(
    override readonly parameterCount: number,
    private readonly around: (mean: Tensor) => Distribution,
    /** What S is made of: found here by `parameters()`. */
    readonly stored: readonly Variable[],
  ) {
    super();
    this.eventShape = [parameterCount];
  }

  override law(mean: Tensor): Distribution {
    return this.around(mean);
  }
}

/** N(h_1, S), S as of {@link lowRank} with s(h_2) and V = h_3 and a start; 2 + R numbers for each coordinate. */
class LowRankEach extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  private readonly start: Tensor;

  constructor(
    private readonly features: number,
    private readonly rank: number,
    private readonly range: ScaleOptions,
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = features * (2 + rank);
    this.start = constant(() => startOf(features, rank));
  }

  override law(parameters: Tensor): Distribution {
    const { features, rank } = this;
    const rows = tf.reshape(parameters, [...parameters.shape.slice(0, -1), features, 2 + rank]);
    const [mean, raw, factor] = tf.split(rows, [1, 1, rank], -1);
    const scale = scaleOf(tf.squeeze(raw!, [-1]), this.range);
    return lowRank(tf.squeeze(mean!, [-1]), scale, tf.add(factor!, this.start));
  }
}

/** More than that, and float32 cannot tell a law from one on a plane. */
const LARGEST_RATIO = 30;

/** N(mean, diag(s) (I + V V^T) diag(s)): V is the factor in units of the scales, and bounded. */
function lowRank(mean: Tensor, scale: Tensor, ratio: Tensor): Distribution {
  const factor = tf.mul(tf.expandDims(scale, -1), softClip(ratio, LARGEST_RATIO));
  return new LowRankNormal(mean, scale, factor);
}

/** Small draws, the same for all: a factor of zeros is a saddle, where its gradient is zero whatever the data. */
function startOf(features: number, rank: number): Tensor {
  return tf.mul(0.1, Key.from(0).normal([features, rank]));
}

/** Normal laws whose coordinates are correlated: alike for all x, or as the decoder predicts. */
export function correlatedGaussian(
  features: number,
  correlation: Correlation,
  range: ScaleOptions,
  predicted: boolean,
): Family {
  if (correlation === 'full') {
    if (predicted) return fullNormal(features, { scale: range.start, floor: range.floor });
    const raw = parameter(() => tf.zeros([features]));
    const below = parameter(() => tf.zeros([countBelow(features)]));
    const factor = () => choleskyFactor(scaleOf(raw, range), below);
    return new OneCovariance(features, (mean) => new MultivariateNormal(mean, factor()), [
      raw,
      below,
    ]);
  }
  if (typeof correlation !== 'object')
    throw new OptionError(
      `gaussian: covariance must be 'full' or { rank: R }, got '${correlation as string}'.`,
    );
  checkOptions('gaussian: covariance', correlation, ['rank']);
  const { rank } = correlation;
  checkCount('gaussian', 'rank', rank, 1);
  if (rank > features)
    throw new DomainError(`gaussian: rank must be at most ${features}, got ${rank}.`);
  if (predicted) return new LowRankEach(features, rank, range);
  const raw = parameter(() => tf.zeros([features]));
  const factor = parameter(() => startOf(features, rank));
  const around = (mean: Tensor) => lowRank(mean, scaleOf(raw, range), factor);
  return new OneCovariance(features, around, [raw, factor]);
}
