import {
  checkContext,
  checkEvent,
  DomainError,
  type Tensor,
  takeColumns,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';

/**
 * y_i = x_{order[i]}, log|det| = 0.
 *
 * @example
 * ```ts
 * import { Permute } from '@pushforward/bijectors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const y = new Permute([2, 0, 1]).forward(tf.tensor1d([10, 20, 30])); // 30, 10, 20
 * ```
 */
export class Permute extends Bijector {
  override readonly eventRank = 1;

  /**
   * @param order each of 0, ..., D - 1 once
   * @throws DomainError for any other list
   */
  constructor(readonly order: readonly number[]) {
    super();
    const sorted = [...order].sort((a, b) => a - b);
    if (order.length === 0 || sorted.some((value, i) => value !== i))
      throw new DomainError(
        `Permute: the order must hold each of 0, ..., D - 1 once, got [${order.join(', ')}].`,
      );
  }

  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    return this.take(x, this.order, context);
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    return this.take(y, inverseOf(this.order), context);
  }

  private take(x: Tensor, order: readonly number[], context: Tensor | undefined): [Tensor, Tensor] {
    checkEvent('Permute', x, [this.order.length]);
    checkContext('Permute', 0, context);
    return tf.tidy(() => [takeColumns(x, order), tf.zeros(x.shape.slice(0, -1))]);
  }
}

/** The order that undoes another one. */
function inverseOf(order: readonly number[]): number[] {
  const inverse = Array<number>(order.length);
  for (const [i, from] of order.entries()) inverse[from] = i;
  return inverse;
}

/** y_i = x_{D-1-i}: the permutation that is its own inverse, log|det| = 0. */
export class Reverse extends Permute {
  /** @param features D */
  constructor(features: number) {
    super(Array.from({ length: features }, (_, i) => features - 1 - i));
  }
}
