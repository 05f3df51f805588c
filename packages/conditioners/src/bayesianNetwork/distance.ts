import { ShapeError } from '@pushforward/tensors';
import type { Adjacency } from '../adjacency.js';

/**
 * The structural Hamming distance of two graphs: the number of pairs of nodes between which their edges differ, so
 * that an edge that is missing, extra or turned round counts 1.
 *
 * It says little where graphs are equivalent; {@link BayesianNetwork.isEquivalentTo} knows.
 *
 * @throws ShapeError for graphs of different sizes
 *
 * @example
 * ```ts
 * import { structuralHammingDistance } from '@pushforward/conditioners';
 * console.log(structuralHammingDistance([[0, 0], [1, 0]], [[0, 1], [0, 0]])); // 1
 * ```
 */
export function structuralHammingDistance(a: Adjacency, b: Adjacency): number {
  if (a.length !== b.length)
    throw new ShapeError(
      `structuralHammingDistance: the graphs must have as many nodes, got ${a.length} and ${b.length}.`,
    );
  const differs = (i: number, j: number) => a[i]![j] !== b[i]![j] || a[j]![i] !== b[j]![i];
  return a.reduce((sum, row, i) => sum + row.filter((_, j) => j < i && differs(i, j)).length, 0);
}
