import type { Node, Numbers, Program, Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { isLoop } from '../graph/turns.js';

/** Constants of more numbers, such as weights, are not compared. */
const LARGEST = 1 << 16;

/** Nodes that compute the same thing from the same values become one; equal constants too. */
export function withoutRepetition(program: Program): Program {
  const known = new Map<string, readonly Value[]>();
  const identity = firstOfEqual();
  return rewrite(program, (node) => {
    const key = textOf(node, identity);
    const same = known.get(key);
    if (same === undefined) known.set(key, node.outputs);
    return same;
  });
}

/** What a node computes, and from what. */
function textOf(node: Node, nameOf: (value: Value) => number | string): string {
  return JSON.stringify([
    node.kernel,
    node.names,
    node.inputs.map(nameOf),
    node.attributes,
    node.outputs.map(({ shape, dtype }) => [shape, dtype]),
    isLoop(node) ? textOfBody(node.body, nameOf) : '',
  ]);
}

/** The same for equal programs: their values are called by their places. */
function textOfBody(
  { arguments: args, nodes, results }: Program,
  nameOf: (value: Value) => number | string,
): string {
  const places = new Map(
    [...args, ...nodes.flatMap(({ outputs }) => outputs)].map((value, i) => [value, `at ${i}`]),
  );
  const inside = (value: Value) => places.get(value) ?? nameOf(value);
  return JSON.stringify([nodes.map((node) => textOf(node, inside)), results.map(inside)]);
}

/** The number of the first constant that is equal to a value; its own where there is none. */
function firstOfEqual(): (value: Value) => number {
  const alike = new Map<string, { readonly id: number; readonly values: Numbers }[]>();
  const found = new Map<number, number>();
  const search = ({ id, dtype, shape }: Value, values: Numbers): number => {
    const likeness = `${dtype} ${shape.join()} ${values.subarray(0, 64).join()}`;
    const others = alike.get(likeness) ?? [];
    alike.set(likeness, others);
    const same = others.find((other) => values.every((x, i) => Object.is(x, other.values[i])));
    if (same === undefined) others.push({ id, values });
    return same?.id ?? id;
  };
  return (value) => {
    const { id, source } = value;
    if (source.kind !== 'constant' || source.values.length > LARGEST) return id;
    const first = found.get(id) ?? search(value, source.values);
    found.set(id, first);
    return first;
  };
}
