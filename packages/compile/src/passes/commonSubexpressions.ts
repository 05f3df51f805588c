import type { Program, Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';

/** Nodes that compute the same thing from the same values become one; equal small constants too. */
export function withoutRepetition(program: Program): Program {
  const known = new Map<string, readonly Value[]>();
  const constants = new Map<string, number>();
  const identity = (value: Value): number => {
    if (value.source.kind !== 'constant' || value.source.values.length > 64) return value.id;
    const content = `${value.dtype} ${value.shape.join()} ${value.source.values.join()}`;
    const first = constants.get(content);
    if (first === undefined) constants.set(content, value.id);
    return first ?? value.id;
  };
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
