import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';

/** A law that comes with its Bayesian network: call it for `n` independent draws. */
export interface GraphLaw {
  (key: Key, n: number): Split;
  /** The name of each number. */
  readonly columns: readonly string[];
  /** The true network: `adjacency[i][j] = 1` where column i is drawn given column j. */
  readonly adjacency: readonly (readonly number[])[];
  /**
   * log p(x) in nats, in double precision; minus its mean over draws estimates the entropy, the least that any model's
   * mean negative log-likelihood can be.
   */
  readonly logProb: (x: ArrayLike<number>) => number;
}

/** The table of the rows `row(0) ... row(n - 1)`. */
export function rowsOf(
  columns: readonly string[],
  n: number,
  row: (i: number) => readonly number[],
): Float32Array {
  const x = new Float32Array(n * columns.length);
  for (let i = 0; i < n; i++) x.set(row(i), i * columns.length);
  return x;
}

/** The adjacency of a list of edges, each from a column to one that is drawn given it. */
export function along(
  columns: readonly string[],
  edges: readonly (readonly [from: string, to: string])[],
): number[][] {
  const matrix = columns.map(() => columns.map(() => 0));
  for (const [from, to] of edges) matrix[columns.indexOf(to)]![columns.indexOf(from)] = 1;
  return matrix;
}
