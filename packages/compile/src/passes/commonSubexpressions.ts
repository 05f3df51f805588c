import type { Numbers, Program, Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';

/** Constants of more numbers, such as weights, are not compared. */
const LARGEST = 1 << 16;

/** Nodes that compute the same thing from the same values become one; equal constants too. */
export function withoutRepetition(program: Program): Program {
  const known = new Map<string, readonly Value[]>();
  const identity = firstOfEqual();
  return rewrite(program, (node) => {
    const key = JSON.stringify([
      node.kernel,
      node.names,
      node.inputs.map(identity),
      node.attributes,
      node.outputs.map(({ shape, dtype }) => [shape, dtype]),
    ]);
    const same = known.get(key);
    if (same === undefined) known.set(key, node.outputs);
    return same;
  });
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
