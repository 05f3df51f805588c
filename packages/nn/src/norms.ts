import {
  checkAbove,
  checkCount,
  checkEvent,
  checkOptions,
  constant,
  DomainError,
  Module,
  parameter,
  ShapeError,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link GroupNorm} and {@link LayerNorm}. */
export interface NormOptions {
  /** Added to variances, 1e-5 by default. */
  readonly epsilon?: number;
  /** Whether there are a factor and a shift for each channel that are learned; true by default. */
  readonly affine?: boolean;
}

/** (x - mean) / sqrt(variance + epsilon), then a learned factor and shift for each channel. */
abstract class Norm extends Module {
  /** Shape `[features]`, from ones; undefined where nothing is learned. */
  readonly scale: Variable | undefined;

  /** Shape `[features]`, from zeros; undefined where nothing is learned. */
  readonly shift: Variable | undefined;

  private readonly epsilon: number;

  /** @param features length of the last axis */
  constructor(
    where: string,
    readonly features: number,
    options: NormOptions,
  ) {
    super();
    checkOptions(where, options, ['epsilon', 'affine']);
    checkCount(where, 'features', features, 1);
    const { epsilon = 1e-5, affine = true } = options;
    checkAbove(where, 'epsilon', epsilon, 0);
    this.epsilon = epsilon;
    if (!affine) return;
    this.scale = parameter(() => tf.ones([features]));
    this.shift = parameter(() => tf.zeros([features]));
  }

  /** x about its mean over its standard deviation, for means of the kind that is given. */
  protected normalise(x: Tensor, meanOf: (x: Tensor) => Tensor): Tensor {
    const centred = tf.sub(x, meanOf(x));
    const precision = tf.rsqrt(tf.add(meanOf(tf.square(centred)), this.epsilon));
    if (this.scale === undefined || this.shift === undefined) return tf.mul(centred, precision);
    return tf.add(tf.mul(centred, tf.mul(precision, this.scale)), this.shift);
  }
}

/**
 * Each example's channels are shifted and scaled to mean 0 and variance 1, in groups of neighbours and over all pixels.
 *
 * Source: Wu and He, "Group normalization", arXiv:1803.08494, eq. 1 to 4.
 *
 * @example
 * ```ts
 * import { GroupNorm } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const norm = new GroupNorm(32, 8);
 * const y = norm.apply(Key.from(1).normal([10, 7, 7, 32])); // [10, 7, 7, 32]
 * ```
 */
export class GroupNorm extends Norm {
  /** What takes the means of channels to those of their groups, shape `[features, features]`. */
  private readonly average: Tensor;

  /**
   * @param features channels
   * @param groups of as many channels each
   * @throws DomainError unless groups divide the channels
   */
  constructor(
    features: number,
    readonly groups: number,
    options: NormOptions = {},
  ) {
    super('GroupNorm', features, options);
    checkCount('GroupNorm', 'groups', groups, 1);
    const width = features / groups;
    if (!Number.isInteger(width))
      throw new DomainError(
        `GroupNorm: groups must divide the channels, got ${features} channels in ${groups} groups.`,
      );
    this.average = constant(() => {
      const groupOf = tf.floorDiv(tf.range(0, features), width);
      const shared = tf.equal(tf.expandDims(groupOf, 0), tf.expandDims(groupOf, 1));
      return tf.div(tf.cast(shared, 'float32'), width);
    });
  }

  /**
   * @param x shape `[B, ..., features]`
   * @returns the shape of x
   * @throws ShapeError where the last axis of x is not `features`, or there is no other
   */
  apply(x: Tensor): Tensor {
    checkEvent('GroupNorm', x, [this.features]);
    if (x.rank < 2) throw new ShapeError('GroupNorm: examples lie along a first axis, got none.');
    return tf.tidy(() => {
      const pixels = tf.reshape(x, [x.shape[0], -1, this.features]);
      const meanOf = (x: Tensor) => tf.expandDims(tf.matMul(tf.mean(x, 1), this.average), 1);
      return tf.reshape(this.normalise(pixels, meanOf), x.shape);
    });
  }
}

/**
 * Each vector is shifted and scaled to mean 0 and variance 1.
 *
 * Source: Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450, eq. 3 and 4.
 *
 * @example
 * ```ts
 * import { LayerNorm } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const norm = new LayerNorm(32);
 * const y = norm.apply(Key.from(1).normal([10, 7, 32])); // [10, 7, 32]
 * ```
 */
export class LayerNorm extends Norm {
  /** @param features numbers of each vector */
  constructor(features: number, options: NormOptions = {}) {
    super('LayerNorm', features, options);
  }

  /**
   * @param x shape `[..., features]`
   * @returns the shape of x
   * @throws ShapeError where the last axis of x is not `features`
   */
  apply(x: Tensor): Tensor {
    checkEvent('LayerNorm', x, [this.features]);
    return tf.tidy(() => this.normalise(x, (x) => tf.mean(x, -1, true)));
  }
}
