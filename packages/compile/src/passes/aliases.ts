import {
  constantValue,
  type Node,
  node,
  type Program,
  sizeOf,
  type Value,
} from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';

/** Copies and casts that change nothing, and reshapes of reshapes, are the value that they show. */
export function withoutAliases(program: Program): Program {
  return rewrite(program, (node) => {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (input === undefined || output === undefined) return undefined;
    if (node.kernel === 'Identity') return [input];
    if (node.kernel === 'Cast' && input.dtype === output.dtype) return [input];
    const isReshaped =
      ['Reshape', 'ExpandDims'].includes(node.kernel) ||
      // Over axes of length 1 there is nothing to add up or to choose from.
      (['Sum', 'Mean', 'Max', 'Min', 'Prod'].includes(node.kernel) &&
        sizeOf(input.shape) === sizeOf(output.shape));
    if (isReshaped) return [reshaped(input, output.shape)];
    const permutation = node.attributes.perm as number[] | undefined;
    if (node.kernel === 'Transpose' && permutation!.every((to, from) => to === from))
      return [input];
    return undefined;
  });
}

/** A value in another shape, through at most one reshape. */
export function reshaped(value: Value, shape: readonly number[]): Value {
  const origin = throughReshapes(value);
  if (sameShape(origin.shape, shape)) return origin;
  if (origin.source.kind === 'constant')
    return constantValue(shape, origin.dtype, origin.source.values);
  return node('Reshape', { x: origin }, { shape: [...shape] }, [{ shape, dtype: origin.dtype }])
    .outputs[0]!;
}

function throughReshapes(value: Value): Value {
  return value.source.kind === 'node' && value.source.node.kernel === 'Reshape'
    ? throughReshapes(value.source.node.inputs[0]!)
    : value;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** The number that every element of a value is, where that is known. */
export function uniformNumber(value: Value): number | undefined {
  const { source } = value;
  if (source.kind === 'constant') {
    const [first] = source.values;
    return sizeOf(value.shape) > 0 && source.values.every((number) => number === first)
      ? first
      : undefined;
  }
  return source.kind === 'node' ? filledNumber(source.node) : undefined;
}

function filledNumber(node: Node): number | undefined {
  if (node.kernel === 'ZerosLike') return 0;
  if (node.kernel === 'OnesLike') return 1;
  if (node.kernel === 'Fill') return node.attributes.value as number;
  if (['Reshape', 'Tile', 'Identity'].includes(node.kernel)) return uniformNumber(node.inputs[0]!);
  return undefined;
}
