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
 * @throws DomainError for other indices
 */
export function takeColumns(x: Tensor, indices: readonly number[]): Tensor {
  const size = x.shape.at(-1) ?? 0;
  checkIndices('takeColumns', indices, size);
  return withGradient(
    x,
    (x) => gather(x, indices),
    (dy) => placeColumns(dy, indices, size),
  );
}

/**
 * Puts columns in their place among `size` columns that are zero elsewhere: the transpose of {@link takeColumns}.
 *
 * @param x shape `[..., indices.length]`
 * @param indices distinct integers in [0, size)
 * @returns shape `[..., size]`
 * @throws DomainError for other indices
 */
export function placeColumns(x: Tensor, indices: readonly number[], size: number): Tensor {
  checkIndices('placeColumns', indices, size);
  if (indices.length !== x.shape.at(-1))
    throw new DomainError(
      `placeColumns: one index per column is needed, got ${indices.length} for shape [${x.shape.join(', ')}].`,
    );
  // Columns without an index come from one of zeros behind the last.
  const source = Array<number>(size).fill(indices.length);
  for (const [from, to] of indices.entries()) source[to] = from;
  return withGradient(
    x,
    (x) => gather(tf.concat([x, tf.zeros([...x.shape.slice(0, -1), 1])], -1), source),
    (dy) => takeColumns(dy, indices),
  );
}

function gather(x: Tensor, columns: readonly number[]): Tensor {
  return tf.gather(x, tf.tensor1d([...columns], 'int32'), x.rank - 1);
}

function checkIndices(where: string, indices: readonly number[], size: number): void {
  const valid = (i: number) => Number.isInteger(i) && i >= 0 && i < size;
  if (new Set(indices).size !== indices.length || !indices.every(valid))
    throw new DomainError(
      `${where}: indices must be distinct integers in [0, ${size}), got ${indices.join(', ')}.`,
    );
}
