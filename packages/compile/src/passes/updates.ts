/**
 * The end of a training step changes weights and an optimiser's state number by number. A runtime passes over all of
 * them once for every operation, and hands out each of them as a whole; one loop does it all, in place.
 */
import {
  type Node,
  outputsOf,
  type Program,
  type State,
  sizeOf,
  type Value,
} from '../graph/program.js';
import { scheduled } from '../graph/rewrite.js';
import { vectorKernels } from '../web/vectorKernels.js';
import { sameShape } from './aliases.js';

/** States of one shape that change together, number by number. */
export interface Update {
  readonly states: readonly State[];
  /** What is computed, in order, from what the states were and from the operands. */
  readonly nodes: readonly Node[];
  /** What the rest of the program computes for it: values of the same shape, and single numbers. */
  readonly operands: readonly Value[];
}

/** A program without its updates: what they are handed follows its results. */
export interface Parted {
  readonly rest: Program;
  readonly updates: readonly Update[];
}

/** Takes the updates out of a program. */
export function withUpdatesApart(program: Program): Parted {
  const members = membersOf(program);
  const isMember = (value: Value | undefined) =>
    value?.source.kind === 'node' && members.has(value.source.node);
  const states = program.states.filter(({ written }) => isMember(written));
  const updates = connected(states, members).map((group): Update => {
    const inside = new Set([
      ...group.states.flatMap(({ read }) => read ?? []),
      ...group.nodes.flatMap(({ outputs }) => outputs),
    ]);
    const inputs = new Set(group.nodes.flatMap((node) => node.inputs));
    const operands = [...inputs].filter(
      (input) => !inside.has(input) && numberOf(input) === undefined,
    );
    return { ...group, operands };
  });
  const operands = new Set(updates.flatMap((update) => update.operands));
  const rest = scheduled({
    ...program,
    results: [...program.results, ...operands],
    states: program.states.map(({ written, ...state }) =>
      written === undefined || isMember(written) ? state : { ...state, written },
    ),
  });
  return { rest: withoutIdleReads(rest), updates };
}

/** Is a value one number, with which all of a vector are combined? */
export function isSingle({ shape }: Value): boolean {
  return sizeOf(shape) === 1;
}

/** The number that a value is known to be. */
export function numberOf(value: Value): number | undefined {
  const { source } = value;
  return source.kind === 'constant' && isSingle(value) ? source.values[0] : undefined;
}

/** The nodes that serve nothing but assignments, number by number. */
function membersOf(program: Program): Set<Node> {
  const dependent = new Set<Value>(
    program.states.flatMap(({ read, written }) => (read && written ? [read] : [])),
  );
  for (const node of program.nodes)
    if (isVectorial(node) && node.inputs.some((input) => dependent.has(input)))
      dependent.add(node.outputs[0]!);
  const members = new Set<Node>();
  const others = new Set(program.results);
  for (const node of [...program.nodes].reverse()) {
    const [output] = node.outputs as [Value];
    const vectors = new Set(node.inputs.filter((input) => !isSingle(input)));
    // Where two vectors come from the rest of the program, what it makes of them is less to hand over.
    const isTaken = dependent.has(output) || vectors.size === 1;
    if (isVectorial(node) && isTaken && !others.has(output)) members.add(node);
    else for (const input of node.inputs) others.add(input);
  }
  return members;
}

/** Is a node computed number by number, from vectors of its own shape and single numbers? */
function isVectorial({ kernel, inputs, outputs }: Node): boolean {
  const [{ shape }] = outputs as readonly [Value];
  return (
    kernel in vectorKernels &&
    sizeOf(shape) > 1 &&
    inputs.every(
      (input) => input.dtype === 'float32' && (isSingle(input) || sameShape(input.shape, shape)),
    )
  );
}

/** States and nodes that depend on one another together, each group in the program's order. */
function connected(
  states: readonly State[],
  members: ReadonlySet<Node>,
): Pick<Update, 'states' | 'nodes'>[] {
  const readers = new Map(states.flatMap((state) => (state.read ? [[state.read, state]] : [])));
  const heads = new Map<State | Node, State | Node>();
  const headOf = (item: State | Node): State | Node => {
    const above = heads.get(item) ?? item;
    return above === item ? item : headOf(above);
  };
  const join = (a: State | Node, b: State | Node) => heads.set(headOf(a), headOf(b));
  const nodes = [...members].reverse();
  for (const node of nodes)
    for (const input of node.inputs) {
      const { source } = input;
      const state = readers.get(input);
      if (state !== undefined) join(node, state);
      if (source.kind === 'node' && members.has(source.node)) join(node, source.node);
    }
  for (const state of states) join(state, (state.written!.source as { node: Node }).node);
  return [...new Set(states.map(headOf))].map((head) => ({
    states: states.filter((state) => headOf(state) === head),
    nodes: nodes.filter((node) => headOf(node) === head),
  }));
}

/** What is neither computed with nor handed out is not handed in. */
function withoutIdleReads(program: Program): Program {
  const used = new Set([...program.nodes.flatMap(({ inputs }) => inputs), ...outputsOf(program)]);
  return {
    ...program,
    states: program.states.map(({ read, ...state }) =>
      read !== undefined && used.has(read) ? { ...state, read } : state,
    ),
  };
}
