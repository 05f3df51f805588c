/** Kernels that go along axes. */
import { type Node, sizeOf, type Value } from '../graph/program.js';
import type { Lowering } from './lowering.js';

/** `Sum` over no axis is the sum over all, in both worlds; kept sizes are stated by the output's shape. */
const reduction =
  (op: string): Lowering =>
  (graph, [x], node) => {
    const axes = axesOf(node);
    if (axes.length === 0) return graph.emit('Identity', [x!]);
    const reduced = graph.emit(op, [x!, graph.integers(axes)], { keepdims: 0 });
    return node.attributes.keepDims === true
      ? graph.emit('Reshape', [reduced, graph.integers(node.outputs[0]!.shape)])
      : reduced;
  };

/** Of whole numbers, too, the mean is a float. */
const mean: Lowering = (graph, [x], node) => {
  const isFloat = node.inputs[0]!.dtype === 'float32';
  const floats = isFloat ? x! : graph.emit('Cast', [x!], { to: graph.numberOf('float32') });
  return reduction('ReduceMean')(graph, [floats], node);
};

/** Longer sums are left to the operator that adds in pairs. */
const LONGEST_PRODUCT_SUM = 1 << 13;

/**
 * The sum over the rows of a matrix is a row of ones times the matrix, which takes a fraction of the time; so is that over rows
 * and columns of a stack of images, whose sums are then added up.
 */
const sum: Lowering = (graph, inputs, node) => {
  const [x] = node.inputs as readonly [Value];
  const axes = axesOf(node);
  const columns = x.shape.at(-1) ?? 1;
  const count = x.shape[0] ?? 0;
  const inEach = sizeOf(x.shape.slice(1, -1));
  const isOverRows =
    axes.length > 0 && axes.length === x.shape.length - 1 && axes.every((axis, i) => axis === i);
  const isLong = Math.max(count, inEach) > LONGEST_PRODUCT_SUM;
  if (!isOverRows || x.dtype !== 'float32' || isLong)
    return reduction('ReduceSum')(graph, inputs, node);
  if (columns === 1) {
    const all = graph.emit('ReduceSum', [inputs[0]!], { keepdims: 0 });
    return graph.emit('Reshape', [all, graph.integers(node.outputs[0]!.shape)]);
  }
  const ones = (shape: readonly number[]) =>
    graph.constant(new Float32Array(sizeOf(shape)).fill(1), 'float32', shape);
  let rows = inputs[0]!;
  if (x.shape.length > 2) {
    const stack = graph.emit('Reshape', [rows, graph.integers([count, inEach, columns])]);
    const sums = graph.emit('MatMul', [ones([1, inEach]), stack]);
    rows = graph.emit('Reshape', [sums, graph.integers([count, columns])]);
  }
  const total = graph.emit('MatMul', [ones([count]), rows]);
  return node.attributes.keepDims === true
    ? graph.emit('Reshape', [total, graph.integers(node.outputs[0]!.shape)])
    : total;
};

/** Truth as 0 and 1, which have a largest and a smallest. */
const logical =
  (op: string): Lowering =>
  (graph, [x], node) => {
    const numbers = graph.emit('Cast', [x!], { to: graph.numberOf('int32') });
    return graph.emit('Cast', [reduction(op)(graph, [numbers], node) as string], {
      to: graph.numberOf('bool'),
    });
  };

/** Each number times the one before, times the product of two before, of four, ...: a logarithm of steps. */
const cumulativeProduct: Lowering = (graph, [x], node) => {
  const { shape, dtype } = node.outputs[0]!;
  const { axis, exclusive, reverse } = node.attributes as Readonly<Record<string, unknown>> & {
    readonly axis: number;
  };
  const length = shape[axis]!;
  const one = graph.scalar(1, dtype);
  /** What stands `by` places before, or 1. */
  const before = (values: string, by: number): string => {
    const [from, to] = reverse === true ? [by, length] : [0, length - by];
    const pads = shape.flatMap((_, i) => [i === axis ? by : 0]);
    const none = pads.map(() => 0);
    return graph.emit('Pad', [
      graph.emit('Slice', [values, ...[[from], [to], [axis]].map((list) => graph.integers(list))]),
      graph.integers(reverse === true ? [...none, ...pads] : [...pads, ...none]),
      one,
    ]);
  };
  let product = exclusive === true ? before(x!, 1) : x!;
  for (let by = 1; by < length; by *= 2)
    product = graph.emit('Mul', [product, before(product, by)]);
  return product;
};

export const reductionKernels: Record<string, Lowering> = {
  Sum: sum,
  Mean: mean,
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  Cumprod: cumulativeProduct,
  Cumsum: (graph, [x], node) =>
    graph.emit('CumSum', [x!, graph.scalar(node.attributes.axis as number, 'int32')], {
      exclusive: node.attributes.exclusive === true ? 1 : 0,
      reverse: node.attributes.reverse === true ? 1 : 0,
    }),
};

function axesOf(node: Node): number[] {
  const rank = node.inputs[0]!.shape.length;
  const { axis: plain, reductionIndices } = node.attributes;
  const axis = (plain ?? reductionIndices) as number | readonly number[] | undefined | null;
  const axes = axis == null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return axes.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);
}
