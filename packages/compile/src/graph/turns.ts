import { type Node, node, type Program, type Value } from './program.js';

/**
 * The kernels that have a body, which is done turn after turn.
 *
 * Inputs stand for the body's arguments, one for one. The first of them are carried: a turn begins with what the last has
 * handed on, and the first results of the body are that. Of the others, those that are stacked, with one axis more in front,
 * give a slice to each turn, and the rest is the same in all. Outputs are what the last turn hands on and, of the other
 * results, the sums over all turns or stacks with an axis more in front.
 */
const SUM_IN_TURNS = 'SumInTurns';
const SCAN = 'Scan';

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
  return node(SUM_IN_TURNS, named(inputs), { turns }, body.results, body) as Loop;
}

/** What is handed from turn to turn, and stacks of what each makes beside. */
export function scan({ turns, body, inputs }: Turns, carried: number): Loop {
  const forms = body.results.map(({ shape, dtype }, i) => ({
    shape: i < carried ? shape : [turns, ...shape],
    dtype,
  }));
  return node(SCAN, named(inputs), { turns, carried }, forms, body) as Loop;
}

/** The same loop of another body, from other inputs, in which as much is carried. */
export function relooped(loop: Loop, body: Program, inputs: readonly Value[]): Loop {
  const turns = { turns: turnsOf(loop), body, inputs };
  return isScan(loop) ? scan(turns, carriedBy(loop)) : sumInTurns(turns);
}

export function isLoop(node: Node): node is Loop {
  return node.body !== undefined;
}

/** Are results stacked that are not carried? Else they are added. */
export function isScan({ kernel }: Loop): boolean {
  return kernel === SCAN;
}

export function turnsOf({ attributes }: Loop): number {
  return attributes.turns as number;
}

/** How many of the first inputs are carried from turn to turn. */
export function carriedBy({ attributes }: Loop): number {
  return (attributes.carried as number | undefined) ?? 0;
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

function named(inputs: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(inputs.map((input, i) => [String(i), input]));
}
