import { type Key, ShapeError, sumLast, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { Normal } from './normal.js';
import type { ParameterLike } from './parameters.js';

/**
 * The law of a vector of independent normal numbers, x_i ~ N(loc_i, scale_i^2).
 *
 * Samples are loc + scale eps, so gradients reach both parameters.
 */
export class DiagonalNormal extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  /**
   * @param loc mean, shape `[...batch, D]`, or a number for every dimension
   * @param scale standard deviations > 0, shape `[...batch, D]`, or a number for every dimension
   * @throws DomainError for numbers out of range; tensors are not read
   * @throws ShapeError if the shapes do not agree, or both are single numbers
   */
  constructor(
    readonly loc: ParameterLike,
    readonly scale: ParameterLike,
  ) {
    super();
    const shape = this.marginals.batchShape;
    if (shape.length === 0)
      throw new ShapeError('DiagonalNormal: loc or scale must have an axis [D], got two numbers.');
    this.eventShape = shape.slice(-1);
    this.batchShape = shape.slice(0, -1);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => sumLast(this.marginals.logProb(x), 1));
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return this.marginals.sample(key, shape);
  }

  override mean(): Tensor {
    return this.marginals.mean();
  }

  override variance(): Tensor {
    return this.marginals.variance();
  }

  override entropy(): Tensor {
    return tf.tidy(() => sumLast(this.marginals.entropy(), 1));
  }

  /** The laws of the single numbers. */
  private get marginals(): Normal {
    return new Normal(this.loc, this.scale);
  }
}
