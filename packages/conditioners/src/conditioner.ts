import type { Activation } from '@pushforward/nn';
import { checkCount, Module, type Tensor } from '@pushforward/tensors';
import type { Adjacency } from './adjacency.js';

/**
 * Says which inputs each dimension may read, and computes from them the numbers that a normalizer needs.
 *
 * Shapes: D dimensions, T of them transformed, P numbers for each of those.
 */
export abstract class Conditioner extends Module {
  /** The graph: `adjacency[i][j] = 1` where the parameters of dimension i read x_j. */
  abstract readonly adjacency: Adjacency;

  /** The longest path of the graph, in edges; inversion takes `depth + 1` passes at the most. */
  abstract readonly depth: number;

  /** The T dimensions that are transformed, ascending; the others pass unchanged. */
  abstract readonly transformed: readonly number[];

  /** P: numbers for each transformed dimension. */
  abstract readonly parameterCount: number;

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

/** The options that conditioners with a network share. */
export interface ConditionerOptions {
  /** P: numbers for each transformed dimension, the `parameterCount` of the normalizer. */
  readonly parameters: number;
  /** Numbers per context vector; 0, none, by default. */
  readonly context?: number;
  /** Width of each hidden layer, or of each block of a residual network. */
  readonly hidden: readonly number[];
  /** Between the layers; `'relu'` by default. */
  readonly activation?: Activation;
  /** Whether the network is residual; not by default. */
  readonly residual?: boolean;
  /** Factor on the start of the last layer; 0 by default, so that every parameter starts at 0. */
  readonly lastScale?: number;
}

/** The names of all {@link ConditionerOptions}. */
export const conditionerOptions = [
  'parameters',
  'context',
  'hidden',
  'activation',
  'residual',
  'lastScale',
] as const satisfies readonly (keyof ConditionerOptions)[];

/** Throws unless sizes are integers, those of `context` from 0 and all others from 1. */
export function checkSizes(
  where: string,
  { parameters, context = 0 }: Pick<ConditionerOptions, 'parameters' | 'context'>,
  features: number,
): void {
  checkCount(where, 'features', features, 1);
  checkCount(where, 'parameters', parameters, 1);
  checkCount(where, 'context', context, 0);
}
