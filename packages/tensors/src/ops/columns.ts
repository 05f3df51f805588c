import * as tf from '@tensorflow/tfjs';
import { DomainError } from '../errors.js';
import type { Tensor } from '../types.js';
import { withGradient } from './gradient.js';

/**
 * The columns `indices` of x, in that order.
 *
 * The gradient is again a choice of columns: tfjs's own gradient of `gather` needs a kernel that its WebAssembly
 * backend lacks.
 *
 * @param x shape `[..., D]`
 * @param indices distinct integers in [0, D)
 * @returns shape `[..., indices.length]`
 */
export function takeColumns(x: Tensor, indices: readonly number[]): Tensor {
  const size = x.shape.at(-1) ?? 0;
  if (new Set(indices).size !== indices.length || indices.some((i) => !(i >= 0 && i < size)))
    throw new DomainError(
      `takeColumns: indices must be distinct and in [0, ${size}), got ${indices.join(', ')}.`,
    );
  return gatherLast(x, indices);
}

/**
 * Puts columns in their place among `size` columns that are zero elsewhere: the transpose of {@link takeColumns}.
 *
 * @param x shape `[..., indices.length]`
 * @returns shape `[..., size]`
 */
export function placeColumns(x: Tensor, indices: readonly number[], size: number): Tensor {
  const place = Array<number>(size).fill(indices.length);
  for (const [from, to] of indices.entries()) place[to] = from;
  const zero = tf.zeros([...x.shape.slice(0, -1), 1]);
  return takeColumnsOrZero(tf.concat([x, zero], -1), place, indices);
}

function gatherLast(x: Tensor, indices: readonly number[]): Tensor {
  const size = x.shape.at(-1)!;
  return withGradient(
    x,
    () => tf.gather(x, tf.tensor1d([...indices], 'int32'), x.rank - 1),
    (dy) => placeColumns(dy, indices, size),
  );
}

/** `padded` is `[x, 0]`; only x receives a gradient. */
function takeColumnsOrZero(
  padded: Tensor,
  place: readonly number[],
  indices: readonly number[],
): Tensor {
  return withGradient(
    padded,
    () => tf.gather(padded, tf.tensor1d([...place], 'int32'), padded.rank - 1),
    (dy) => tf.concat([gatherLast(dy, indices), tf.zeros([...dy.shape.slice(0, -1), 1])], -1),
  );
}
