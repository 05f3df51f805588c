import { type Node, node, outputsOf, type Program, type Value } from './program.js';

/** A node met by {@link rewrite}, its inputs already rewritten: gives the values that stand for its outputs. */
export type Rule = (node: Node) => readonly Value[] | undefined;

/**
 * The program with every node passed through a rule, in order.
 *
 * A rule that gives nothing leaves the node as it is. New nodes that a rule builds need not be listed: the nodes of
 * the result are those that its outputs need, so dead code goes by itself.
 *
 * @param replaced values that others stand for from the start
 */
export function rewrite(program: Program, rule: Rule, replaced = new Map<Value, Value>()): Program {
  const now = (old: Value): Value => replaced.get(old) ?? old;
  for (const old of program.nodes) {
    const fresh = rewired(old, old.inputs.map(now));
    const values = rule(fresh) ?? fresh.outputs;
    for (const [i, output] of old.outputs.entries()) replaced.set(output, values[i]!);
  }
  return scheduled({
    ...program,
    results: program.results.map(now),
    states: program.states.map((state) =>
      state.written === undefined ? state : { ...state, written: now(state.written) },
    ),
  });
}

/** The node with other inputs: itself where they are the same. */
export function rewired(old: Node, inputs: readonly Value[]): Node {
  if (inputs.every((input, i) => input === old.inputs[i])) return old;
  const named = Object.fromEntries(old.names.map((name, i) => [name, inputs[i]!]));
  return node(old.kernel, named, old.attributes, old.outputs, old.body);
}

/** The program with exactly the nodes that its outputs need, every input before its use. */
export function scheduled(program: Program): Program {
  const nodes: Node[] = [];
  const seen = new Set<Node>();
  // By hand, for graphs are deeper than the stack.
  const stack: { node: Node; next: number }[] = [];
  const visit = (value: Value) => {
    if (value.source.kind !== 'node' || seen.has(value.source.node)) return;
    seen.add(value.source.node);
    stack.push({ node: value.source.node, next: 0 });
  };
  for (const output of outputsOf(program)) {
    visit(output);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const input = top.node.inputs[top.next++];
      if (input !== undefined) visit(input);
      else nodes.push(stack.pop()!.node);
    }
  }
  return { ...program, nodes };
}

/** How often each value is used, outputs included. */
export function usesOf(program: Program): Map<Value, number> {
  const uses = new Map<Value, number>();
  for (const value of [...program.nodes.flatMap((node) => node.inputs), ...outputsOf(program)])
    uses.set(value, (uses.get(value) ?? 0) + 1);
  return uses;
}
