import {
  constant,
  exp,
  parameter,
  ShapeError,
  type Tensor,
  type TensorLike,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { lowerMask } from './lowerMask.js';
import {
  Constrained,
  checkDiagonal,
  checkFinite,
  checkPositive,
  shapeOf,
  tensorOf,
} from './parameters.js';

/** exp(log), log unconstrained. */
class Positive extends Constrained {
  private readonly log: Variable;

  constructor(value: TensorLike) {
    super();
    checkPositive('positive: value', value);
    this.log = tf.tidy(() => parameter(tf.log(tensorOf(value))));
  }

  override get shape(): readonly number[] {
    return this.log.shape;
  }

  override value(): Tensor {
    return exp(this.log);
  }
}

/**
 * A trainable parameter > 0, stored as its logarithm, such as the scale of a normal law.
 *
 * @param value where it starts; any shape
 * @throws DomainError for a number <= 0
 *
 * @example
 * ```ts
 * import { Normal, positive } from '@pushforward/distributions';
 * import { parameter } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 * const law = new Normal(parameter(tf.scalar(0)), positive(2));
 * console.log([...law.namedParameters().keys()]); // [ 'loc', 'scale.log' ]
 * ```
 */
export function positive(value: TensorLike): Constrained {
  return new Positive(value);
}

/** Below the diagonal as stored, on it exp of what is stored. */
class LowerTriangular extends Constrained {
  private readonly raw: Variable;
  private readonly identity: Tensor;
  private readonly below: Tensor;

  constructor(value: TensorLike) {
    super();
    checkFinite('lowerTriangular: value', value);
    checkDiagonal('lowerTriangular: value', value);
    const shape = shapeOf(value);
    const [rows, columns] = shape.slice(-2);
    if (columns === undefined || rows !== columns)
      throw new ShapeError(
        `lowerTriangular: expected a matrix [..., D, D], got shape [${shape.join(', ')}].`,
      );
    this.identity = constant(() => tf.eye(rows));
    this.below = constant(() => tf.sub(lowerMask(rows), tf.eye(rows)));
    this.raw = tf.tidy(() => {
      const start = tensorOf(value);
      const diagonal = tf.mul(start, this.identity);
      const logs = tf.log(tf.add(diagonal, tf.sub(1, this.identity)));
      return parameter(tf.add(tf.mul(start, this.below), logs));
    });
  }

  override get shape(): readonly number[] {
    return this.raw.shape;
  }

  override value(): Tensor {
    return tf.tidy(() => {
      const diagonal = tf.mul(this.identity, exp(tf.mul(this.raw, this.identity)));
      return tf.add(tf.mul(this.raw, this.below), diagonal);
    });
  }
}

/**
 * A trainable lower triangular matrix with a positive diagonal, whose logarithm is stored, such as the `scaleTril` of a
 * multivariate normal law.
 *
 * @param value where it starts, shape `[..., D, D]`
 * @throws DomainError for a number <= 0 on the diagonal
 */
export function lowerTriangular(value: TensorLike): Constrained {
  return new LowerTriangular(value);
}
