/** What each kernel of TensorFlow.js is in TensorFlow's operations. */
import type { Node, Value } from '../graph/program.js';
import { uniformNumber } from '../passes/aliases.js';
import type { Lowering, Output, TensorFlowGraph } from './graph.js';
import { imageKernels } from './images.js';
import { indexingKernels } from './indexing.js';
import { shapeKernels } from './shapeKernels.js';

const INDEX = { type: 'int32' } as const;

const named =
  (op: string): Lowering =>
  (graph, inputs) =>
    graph.typed(op, inputs);

/** Kernels that TensorFlow has under the same name. */
const same = [
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Elu'],
  ...['EluGrad', 'Erf', 'Exp', 'Expm1', 'Floor', 'FloorDiv', 'Log', 'Log1p', 'Maximum', 'Minimum'],
  ...[
    'Neg',
    'OnesLike',
    'Pow',
    'RealDiv',
    'Reciprocal',
    'Relu',
    'Relu6',
    'Round',
    'Rsqrt',
    'Selu',
    'Sigmoid',
  ],
  ...['Sign', 'Sin', 'Sinh', 'Softmax', 'Softplus', 'Sqrt', 'Square', 'SquaredDifference'],
  ...['Tan', 'Tanh', 'ZerosLike'],
];

const predicate =
  (op: string): Lowering =>
  (graph, inputs) =>
    graph.emit(op, inputs, { attributes: { T: { type: inputs[0]!.type } }, type: 'bool' });

const predicates = [
  ...[
    'Equal',
    'Greater',
    'GreaterEqual',
    'IsFinite',
    'IsInf',
    'IsNan',
    'Less',
    'LessEqual',
    'NotEqual',
  ],
];

const logical =
  (op: string): Lowering =>
  (graph, inputs) =>
    graph.emit(op, inputs);

const sums = new Set(['Add', 'AddN', 'Neg', 'Sub']);

/**
 * (x + 1) - 1 is written on purpose, to recover a rounding. TensorFlow would make it x + (1 - 1), if it knew that the
 * second 1 is constant.
 */
function sum(op: string): Lowering {
  return (graph, inputs, node) => {
    const isOfSums = node.inputs.some(
      ({ source }) => source.kind === 'node' && sums.has(source.node.kernel),
    );
    const opaque = (value: Value, i: number) =>
      isOfSums && uniformNumber(value) !== undefined
        ? graph.opaque(inputs[i]!, value.shape)
        : inputs[i]!;
    return graph.typed(op, node.inputs.map(opaque));
  };
}

const arithmetic: Record<string, Lowering> = {
  Add: sum('AddV2'),
  Sub: sum('Sub'),
  Multiply: named('Mul'),
  Mod: named('FloorMod'),
  LogicalAnd: logical('LogicalAnd'),
  LogicalNot: logical('LogicalNot'),
  LogicalOr: logical('LogicalOr'),
  AddN: (graph, inputs) => graph.typed('AddN', inputs, { N: inputs.length }),

  Select: (graph, [condition, a, b]) =>
    graph.emit('SelectV2', [condition!, a!, b!], {
      attributes: { T: { type: a!.type } },
      type: a!.type,
    }),

  Cast: (graph, [x], node) => {
    const type = node.outputs[0]!.dtype;
    const attributes = { SrcT: { type: x!.type }, DstT: { type } };
    return graph.emit('Cast', [x!], { attributes, type });
  },

  /** 1 where x > 0, `alpha` elsewhere. */
  Step: (graph, [x], node) => {
    const alpha = (node.attributes.alpha as number | undefined) ?? 0;
    if (alpha === 0) return graph.typed('Sign', [graph.typed('Relu', [x!])]);
    const positive = predicate('Greater')(graph, [x!, graph.scalar(0, x!.type)], node) as Output;
    const [one, other] = [graph.scalar(1, x!.type), graph.scalar(alpha, x!.type)];
    return arithmetic.Select!(graph, [positive, one, other], node);
  },

  ClipByValue: (graph, [x], node) =>
    graph.typed('ClipByValue', [
      x!,
      graph.scalar(node.attributes.clipValueMin as number, x!.type),
      graph.scalar(node.attributes.clipValueMax as number, x!.type),
    ]),

  /** Written out: TensorFlow has none. */
  Prelu: (graph, [x, alpha], node) => {
    const positive = predicate('Greater')(graph, [x!, graph.scalar(0)], node) as Output;
    return arithmetic.Select!(graph, [positive, x!, graph.typed('Mul', [x!, alpha!])], node);
  },

  /** Written out: TensorFlow's own takes images alone. */
  FusedBatchNorm: (graph, inputs, node) => {
    const named = (name: string) => inputs[node.names.indexOf(name)];
    const [x, mean, variance] = ['x', 'mean', 'variance'].map((name) => named(name)!);
    const epsilon = (node.attributes.varianceEpsilon as number | undefined) ?? 1e-3;
    const precision = graph.typed('Rsqrt', [
      graph.typed('AddV2', [variance!, graph.scalar(epsilon)]),
    ]);
    const [scale, offset] = [named('scale'), named('offset')];
    const factor = scale === undefined ? precision : graph.typed('Mul', [precision, scale]);
    const scaled = graph.typed('Mul', [graph.typed('Sub', [x!, mean!]), factor]);
    return offset === undefined ? scaled : graph.typed('AddV2', [scaled, offset]);
  },

  /** Numbers that are known when the program is written. */
  Range: (graph, _inputs, { attributes, outputs }) => {
    const { shape, dtype } = outputs[0]!;
    const { start, stop, step } = attributes as { start: number; stop: number; step: number };
    const by = stop < start && step === 1 ? -1 : step;
    const values = Array.from({ length: shape[0]! }, (_, i) => start + i * by);
    const numbers = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    return graph.constant(numbers, dtype, shape);
  },
  LinSpace: (graph, _inputs, { attributes, outputs }) => {
    const { start, stop, num } = attributes as { start: number; stop: number; num: number };
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    const values = Float32Array.from({ length: num }, (_, i) => start + i * step);
    return graph.constant(values, 'float32', outputs[0]!.shape);
  },

  LeakyRelu: (graph, [x], node) =>
    graph.typed('LeakyRelu', [x!], { alpha: { float: node.attributes.alpha as number } }),
};

const reduction =
  (op: string): Lowering =>
  (graph, [x], node) =>
    graph.typed(op, [x!, graph.integers(axesOf(node))], {
      keep_dims: node.attributes.keepDims === true,
      Tidx: INDEX,
    });

const truth =
  (op: string): Lowering =>
  (graph, [x], node) =>
    graph.emit(op, [x!, graph.integers(axesOf(node))], {
      attributes: { keep_dims: node.attributes.keepDims === true, Tidx: INDEX },
    });

const cumulative =
  (op: string): Lowering =>
  (graph, [x], node) =>
    graph.typed(op, [x!, graph.scalar(node.attributes.axis as number, 'int32')], {
      exclusive: node.attributes.exclusive === true,
      reverse: node.attributes.reverse === true,
      Tidx: INDEX,
    });

const place =
  (op: string): Lowering =>
  (graph, [x], node) =>
    graph.emit(op, [x!, graph.scalar(axesOf(node)[0]!, 'int32')], {
      attributes: { T: { type: x!.type }, Tidx: INDEX, output_type: INDEX },
      type: 'int32',
    });

const reductions: Record<string, Lowering> = {
  Sum: reduction('Sum'),
  Mean: reduction('Mean'),
  Max: reduction('Max'),
  Min: reduction('Min'),
  Prod: reduction('Prod'),
  All: truth('All'),
  Any: truth('Any'),
  ArgMax: place('ArgMax'),
  ArgMin: place('ArgMin'),
  Cumprod: cumulative('Cumprod'),
  Cumsum: cumulative('Cumsum'),
};

function axesOf(node: Node): number[] {
  const rank = node.inputs[0]!.shape.length;
  const { axis: plain, reductionIndices } = node.attributes;
  const axis = (plain ?? reductionIndices) as number | readonly number[] | undefined | null;
  return axis == null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
}

const products: Record<string, Lowering> = {
  BatchMatMul: (graph, [a, b], node) => product(graph, a!, b!, node),
  Einsum: (graph, inputs, node) =>
    graph.typed('Einsum', inputs, {
      N: inputs.length,
      equation: node.attributes.equation as string,
    }),
  /** Activations are kernels of their own by now. */
  _FusedMatMul: (graph, inputs, node) => {
    const plain = product(graph, inputs[0]!, inputs[1]!, node);
    const at = node.names.indexOf('bias');
    return at < 0 ? plain : withBias(graph, plain, inputs[at]!, node.inputs[at]!);
  },
};

/** a b, either transposed in its last two axes. */
function product(graph: TensorFlowGraph, a: Output, b: Output, node: Node): Output {
  const transposeA = node.attributes.transposeA === true;
  const transposeB = node.attributes.transposeB === true;
  return node.inputs[0]!.shape.length === 2 && node.inputs[1]!.shape.length === 2
    ? graph.typed('MatMul', [a, b], { transpose_a: transposeA, transpose_b: transposeB })
    : graph.typed('BatchMatMulV2', [a, b], { adj_x: transposeA, adj_y: transposeB });
}

/** TensorFlow makes a product and a row that is added to it one operation, if the row has one axis. */
function withBias(graph: TensorFlowGraph, x: Output, bias: Output, { shape }: Value): Output {
  if (shape.slice(0, -1).some((size) => size !== 1)) return graph.typed('AddV2', [x, bias]);
  const row =
    shape.length === 1
      ? bias
      : graph.typed('Reshape', [bias, graph.integers(shape.slice(-1))], { Tshape: INDEX });
  return graph.typed('BiasAdd', [x, row]);
}

/** How every kernel that programs may use is written in TensorFlow's operations. */
export const lowerings: Readonly<Record<string, Lowering>> = {
  ...Object.fromEntries(same.map((op) => [op, named(op)])),
  ...Object.fromEntries(predicates.map((op) => [op, predicate(op)])),
  ...arithmetic,
  ...reductions,
  ...products,
  ...shapeKernels,
  ...indexingKernels,
  ...imageKernels,
};
