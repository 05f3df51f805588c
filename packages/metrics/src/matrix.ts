import { constant, DataError, ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * Statistics of rows in double precision on the host.
 *
 * All that is needed is a covariance and its Cholesky factor, which is less code than a library's interface.
 */
export interface Rows {
  readonly count: number;
  readonly size: number;
  /** Row after row. */
  readonly values: Float64Array;
}

/**
 * The rows of a tensor.
 *
 * @param x shape `[N, D]`
 * @throws ShapeError for another rank
 * @throws DataError for fewer than `least` rows, or a number that is not finite
 */
export async function readRows(where: string, x: Tensor, least = 2): Promise<Rows> {
  if (x.rank !== 2)
    throw new ShapeError(`${where}: expected shape [N, D], got [${x.shape.join(', ')}].`);
  const [count, size] = x.shape as [number, number];
  if (count < least || size === 0)
    throw new DataError(
      `${where}: at least ${least} rows of at least one number are needed, got ${count} of ${size}.`,
    );
  const values = Float64Array.from(await x.data());
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new DataError(
      `${where}: numbers must be finite, got ${values[bad]!} in row ${Math.floor(bad / size)}, column ${bad % size}.`,
    );
  return { count, size, values };
}

/** The rows of two samples, which must be of one size. */
export async function readBoth(where: string, x: Tensor, y: Tensor): Promise<[Rows, Rows]> {
  const [a, b] = await Promise.all([readRows(where, x), readRows(where, y)]);
  if (a.size !== b.size)
    throw new ShapeError(
      `${where}: both samples must have rows of one size, got ${a.size} and ${b.size}.`,
    );
  return [a, b];
}

/** The mean of the rows, and the sum of their outer products about it divided by `divisor`, row after row. */
export function meanAndCovariance(
  { count, size, values }: Rows,
  divisor = count,
): { mean: Float64Array; covariance: Float64Array } {
  // Relative to the first row, so that a column of equal numbers has a variance of exactly 0.
  const mean = values.slice(0, size);
  for (let i = size; i < values.length; i++)
    mean[i % size]! += (values[i]! - values[i % size]!) / count;
  const covariance = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < size; i++) centred[i] = values[row * size + i]! - mean[i]!;
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) covariance[i * size + j]! += centred[i]! * centred[j]!;
  }
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) covariance[j * size + i] = covariance[i * size + j]! /= divisor;
  return { mean, covariance };
}

/**
 * The lower triangular L with A = L L^T; undefined where A is singular to double precision: where a variable is
 * determined by those before it to 12 digits.
 */
export function cholesky(A: Float64Array, size: number): Float64Array | undefined {
  const L = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = A[i * size + j]!;
      for (let k = 0; k < j; k++) rest -= L[i * size + k]! * L[j * size + k]!;
      if (j < i) L[i * size + j] = rest / L[j * size + j]!;
      else if (!(rest > 1e-12 * A[i * size + i]!)) return undefined;
      else L[i * size + i] = Math.sqrt(rest);
    }
  }
  return L;
}

/** Solves L z = x - mean for every row x: rows whose covariance L L^T was become white. */
export function whiten(
  { count, size, values }: Rows,
  mean: Float64Array,
  L: Float64Array,
): Float64Array {
  const white = new Float64Array(values.length);
  for (let at = 0; at < count * size; at += size)
    for (let i = 0; i < size; i++) {
      let rest = values[at + i]! - mean[i]!;
      for (let k = 0; k < i; k++) rest -= L[i * size + k]! * white[at + k]!;
      white[at + i] = rest / L[i * size + i]!;
    }
  return white;
}

/** Host numbers as a float32 tensor that outlives a surrounding `tf.tidy`. */
export function keep(values: Float64Array, shape: number[]): Tensor {
  return constant(() => tf.tensor(Float32Array.from(values), shape));
}
