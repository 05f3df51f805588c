import {
  DomainError,
  type Key,
  logSoftmax,
  logSumExp,
  ShapeError,
  softmax,
  type Tensor,
  withoutGradient,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { numbersOf, type ParameterLike, shapeOf, tensorOf } from './parameters.js';
import { onSupport } from './support.js';

/**
 * The law of an index among K: log p(k) = logits_k - log sum_j exp(logits_j), and -Infinity for x outside 0 .. K - 1.
 *
 * Draws carry no gradient. A logit of -Infinity makes an index impossible.
 */
export class Categorical extends Distribution {
  override readonly eventShape: readonly number[] = [];
  override readonly batchShape: readonly number[];

  /**
   * @param logits logarithms of the probabilities up to a constant, shape `[...batch, K]`
   * @throws DomainError for numbers that are NaN or +Infinity; tensors are not read
   */
  constructor(readonly logits: ParameterLike) {
    super();
    this.batchShape = checkLogits('Categorical', logits).slice(0, -1);
  }

  /** The number of indices, K. */
  get size(): number {
    return shapeOf(this.logits).at(-1)!;
  }

  override get reparameterised(): boolean {
    return false;
  }

  /**
   * The logarithm of the probability of an index.
   *
   * @param x whole numbers, int32 or float32, shape `[...batch]`
   * @returns shape `[...batch]`
   */
  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const index = tf.cast(x, 'float32');
      const hit = withoutGradient(index, (index) =>
        tf.equal(tf.expandDims(index, -1), tf.range(0, this.size)),
      );
      // A sum over one index, or over none: then it is -Infinity.
      const logProb = logSumExp(tf.where(hit, logSoftmax(tensorOf(this.logits)), -Infinity));
      return onSupport(index, (index) => tf.equal(index, index), logProb);
    });
  }

  /** @returns int32, shape `[...shape, ...batch]` */
  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() =>
      withoutGradient(tensorOf(this.logits), (logits) => key.categorical(logits, shape)),
    );
  }

  override entropy(): Tensor {
    return tf.tidy(() => {
      const logits = tensorOf(this.logits);
      // p log p -> 0 as p -> 0, where log p alone is -Infinity.
      return tf.neg(tf.sum(tf.mul(softmax(logits), tf.maximum(logSoftmax(logits), -3e38)), -1));
    });
  }
}

/** Throws unless `logits` can be those of a choice among K >= 1; returns their shape `[...batch, K]`. */
export function checkLogits(where: string, logits: ParameterLike): readonly number[] {
  const shape = shapeOf(logits);
  if ((shape.at(-1) ?? 0) === 0)
    throw new ShapeError(
      `${where}: logits must have an axis [K], K >= 1, got shape [${shape.join(', ')}].`,
    );
  for (const logit of numbersOf(logits))
    if (!(logit < Infinity))
      throw new DomainError(`${where}: logits must be numbers below Infinity, got ${logit}.`);
  return shape;
}
