import { Module, type Tensor } from '@pushforward/tensors';
import type { Adjacency } from './adjacency.js';

/**
 * Says which inputs each dimension may read, and computes from them the numbers that a normalizer needs.
 *
 * Shapes: D dimensions, T of them transformed, P numbers for each of those.
 */
export abstract class Conditioner extends Module {
  /** The graph: `adjacency[i][j] = 1` where the parameters of dimension i read x_j. */
  abstract readonly adjacency: Adjacency;

  /** The longest path of the graph, in edges; inversion takes `depth + 1` passes. */
  abstract readonly depth: number;

  /** The T dimensions that are transformed, ascending; the others pass unchanged. All of them by default. */
  abstract readonly transformed: readonly number[];

  /** Numbers per context vector; 0 for none. */
  readonly contextSize: number = 0;

  /**
   * The parameters of every transformed dimension.
   *
   * @param x shape `[...batch, D]`
   * @param context shape `[...batch, contextSize]`, or broadcastable to it
   * @returns shape `[...batch, T, P]`; entry t depends on x only through the parents of dimension `transformed[t]`
   */
  abstract parametersOf(x: Tensor, context?: Tensor): Tensor;
}
