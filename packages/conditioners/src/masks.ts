/**
 * The masks of a network whose outputs read exactly the inputs that a graph shows them.
 *
 * Every unit has a dependency set: the dimensions that it may depend on. An input has itself, a number of the
 * context nothing, an output the parents of its dimension. A unit of a hidden layer is given the set of one of the
 * outputs, and a unit may read another where the other's set is a subset of its own. Nothing outside a set can then
 * reach a unit; and as each set is found in every hidden layer, everything inside it does.
 *
 * This is MADE (Germain et al., arXiv:1502.03509) with sets in place of degrees: for an autoregressive order the sets
 * are nested and their sizes are the degrees. Degrees drawn at random can leave units that read nothing, units that
 * nobody reads and inputs that reach no output; sets dealt out in turn cannot.
 */

import type { Mask } from '@pushforward/nn';
import { OptionError } from '@pushforward/tensors';
import type { Adjacency } from './adjacency.js';

/** The dimensions that a unit may depend on: bit j stands for x_j. */
type DependencySet = bigint;

/** What a masked network is to compute. */
export interface MaskOptions {
  /** Numbers per dimension, next to each other among the outputs. */
  readonly parameters: number;
  /** Numbers of context, which come after x among the inputs and are seen by all. */
  readonly context: number;
  /** Width of each hidden layer. */
  readonly hidden: readonly number[];
}

/**
 * One mask per linear layer, from `D + context` inputs to `D * parameters` outputs.
 *
 * Where no dimension has a parent and there is no context, hidden units would have nothing to read, and there are
 * none: the outputs are constants.
 *
 * @param adjacency shape `[D][D]`
 * @returns masks `[outputs][inputs]`; their product is non-zero where the adjacency is 1, and for the context
 * @throws OptionError for a hidden layer with fewer units than there are dependency sets
 */
export function masksOf(
  where: string,
  adjacency: Adjacency,
  { parameters, context, hidden }: MaskOptions,
): Mask[] {
  const inputs = [
    ...adjacency.map((_, j) => 1n << BigInt(j)),
    ...Array<DependencySet>(context).fill(0n),
  ];
  const rows = adjacency.map(setOf);
  const outputs = rows.flatMap((set) => Array<DependencySet>(parameters).fill(set));
  const sets = distinct(rows).filter((set) => set !== 0n || context > 0);
  if (sets.length === 0) return [mask(inputs, outputs)];
  const layers = [inputs, ...hidden.map((width) => deal(where, sets, width)), outputs];
  return layers.slice(1).map((units, l) => mask(layers[l]!, units));
}

/**
 * Units for every set, their numbers differing by one at most. Those of one set are neighbours, small sets come first:
 * of nested sets a mask between hidden layers is then zero above a staircase, and half of the product is spared.
 */
function deal(where: string, sets: readonly DependencySet[], width: number): DependencySet[] {
  if (width < sets.length)
    throw new OptionError(
      `${where}: a hidden layer needs a unit for each of the ${sets.length} different sets of inputs ` +
        `that the graph has, got width ${width}.`,
    );
  return Array.from({ length: width }, (_, unit) => unit % sets.length)
    .sort((a, b) => a - b)
    .map((index) => sets[index]!);
}

/** Which of the units `from` each unit of `to` may read. */
function mask(from: readonly DependencySet[], to: readonly DependencySet[]): Mask {
  const rows = new Map(
    distinct(to).map((set) => [set, from.map((other) => Number((other | set) === set))]),
  );
  return to.map((set) => rows.get(set)!);
}

function setOf(row: readonly number[]): DependencySet {
  return BigInt(`0b${[...row].reverse().join('')}`);
}

/** Each set once, the smallest first. */
function distinct(sets: readonly DependencySet[]): DependencySet[] {
  const size = (set: DependencySet) => set.toString(2).replaceAll('0', '').length;
  return [...new Set(sets)].sort((a, b) => size(a) - size(b));
}
