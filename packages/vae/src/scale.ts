import { DomainError, softplus, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** How scales are made of numbers of any size. */
export interface ScaleOptions {
  /** The scale that zero selects, > floor. */
  readonly start: number;
  /** A bound below all scales, >= 0: a law that can become a point has no bound above its density. */
  readonly floor: number;
}

/** Throws a {@link DomainError} unless 0 <= floor < start. */
export function checkScale(where: string, { start, floor }: ScaleOptions): void {
  if (!(floor >= 0 && start > floor && start < Infinity))
    throw new DomainError(
      `${where}: finite numbers 0 <= floor < scale are required, got ${floor} and ${start}.`,
    );
}

/**
 * floor + softplus(raw + c), with c such that zero selects `start`: of the size of `raw` where that is large, and never
 * as small as the floor.
 */
export function scaleOf(raw: Tensor, { start, floor }: ScaleOptions): Tensor {
  return tf.add(floor, softplus(tf.add(raw, inverseSoftplus(start - floor))));
}

/** The x with log(1 + e^x) = y. */
function inverseSoftplus(y: number): number {
  return y + Math.log(-Math.expm1(-y));
}
