import { type Node, node, type Program, type Value } from './program.js';

/**
 * The kernel of sums in turns, the one kernel that has a body.
 *
 * Its outputs are the sums, over all turns, of the body's results. Its inputs stand for the body's arguments, one for
 * one: those that are stacked, with one axis more in front, give a slice to each turn; the others are the same in all.
 */
const SUM_IN_TURNS = 'SumInTurns';

export interface Loop extends Node {
  readonly body: Program;
}

/** The body as it is recorded, and the values outside that stand for its arguments. */
export interface Turns {
  readonly turns: number;
  readonly body: Program;
  readonly inputs: readonly Value[];
}

/** The sum of a body's results over its turns. */
export function sumInTurns({ turns, body, inputs }: Turns): Loop {
  const named = Object.fromEntries(inputs.map((input, i) => [String(i), input]));
  return node(SUM_IN_TURNS, named, { turns }, body.results, body) as Loop;
}

export function isLoop(node: Node): node is Loop {
  return node.body !== undefined;
}

export function turnsOf({ attributes }: Loop): number {
  return attributes.turns as number;
}

/** Does each turn get a slice of this input? */
export function isStacked({ inputs, body }: Loop, i: number): boolean {
  return inputs[i]!.shape.length > body.arguments[i]!.shape.length;
}

/** A program that stands in a loop: it has no draws and no state of its own. */
export function bodyOf(
  args: readonly Value[],
  nodes: readonly Node[],
  results: readonly Value[],
): Program {
  return { arguments: args, draws: [], states: [], nodes, results, origins: new Map() };
}
