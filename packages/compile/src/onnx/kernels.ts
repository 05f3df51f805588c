/** What each kernel of TensorFlow.js is in ONNX operators. */
import { type DType, type Numbers, sizeOf, type Value } from '../graph/program.js';
import { activationKernels } from './activationKernels.js';
import { convolutionKernels } from './convolutions.js';
import { indexingKernels } from './indexing.js';
import type { Lowering } from './lowering.js';
import { poolKernels } from './pools.js';
import { productKernels } from './products.js';
import { reductionKernels } from './reductions.js';
import { resizingKernels } from './resizing.js';
import { shapeKernels } from './shapeKernels.js';

const same =
  (op: string): Lowering =>
  (graph, inputs) =>
    graph.emit(op, inputs);

/** Kernels that ONNX has under a name of its own. */
const renamed: Record<string, string> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Equal: 'Equal',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  IsInf: 'IsInf',
  IsNan: 'IsNaN',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Log: 'Log',
  LogicalAnd: 'And',
  LogicalNot: 'Not',
  LogicalOr: 'Or',
  Neg: 'Neg',
  Pow: 'Pow',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Select: 'Where',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

/**
 * Two operands, number by number. A single number beside columns of one is taken by ONNX Runtime as a row of its own for every
 * number of the other, which is one row here.
 */
const paired =
  (op: string): Lowering =>
  (graph, [a, b], node) => {
    const [left, right] = node.inputs as readonly [Value, Value];
    const { shape } = node.outputs[0]!;
    const size = sizeOf(shape);
    const isColumn = shape.at(-1) === 1 && size > 1;
    if (!isColumn || Math.min(sizeOf(left.shape), sizeOf(right.shape)) > 1)
      return graph.emit(op, [a!, b!]);
    const row = (name: string, value: Value) =>
      graph.emit('Reshape', [name, graph.integers([sizeOf(value.shape)])]);
    return graph.emit('Reshape', [
      graph.emit(op, [row(a!, left), row(b!, right)]),
      graph.integers(shape),
    ]);
  };

const arithmetic: Record<string, Lowering> = {
  Add: paired('Add'),
  Maximum: paired('Max'),
  Minimum: paired('Min'),
  Multiply: paired('Mul'),
  RealDiv: paired('Div'),
  Sub: paired('Sub'),
  Square: (graph, [x]) => graph.emit('Mul', [x!, x!]),
  Rsqrt: (graph, [x]) => graph.emit('Reciprocal', [graph.emit('Sqrt', [x!])]),
  SquaredDifference: (graph, inputs) => {
    const difference = graph.emit('Sub', inputs);
    return graph.emit('Mul', [difference, difference]);
  },
  NotEqual: (graph, inputs) => graph.emit('Not', [graph.emit('Equal', inputs)]),
  AddN: (graph, inputs) => graph.emit('Sum', inputs),
  Cast: (graph, [x], node) =>
    graph.emit('Cast', [x!], { to: graph.numberOf(node.outputs[0]!.dtype) }),

  /** 2 tanh(x/2) / (1 - tanh(x/2)) keeps the digits that e^x - 1 loses near 0. */
  Expm1: (graph, [x]) => {
    const half = graph.emit('Tanh', [graph.emit('Mul', [x!, graph.scalar(0.5)])]);
    const small = graph.emit('Div', [
      graph.emit('Add', [half, half]),
      graph.emit('Sub', [graph.scalar(1), half]),
    ]);
    const large = graph.emit('Sub', [graph.emit('Exp', [x!]), graph.scalar(1)]);
    const near = graph.emit('Less', [graph.emit('Abs', [x!]), graph.scalar(0.5)]);
    return graph.emit('Where', [near, small, large]);
  },

  /** Kahan: log(u) x / (u - 1) with u = 1 + x cancels the rounding of u; x itself where u = 1, log u where u is large. */
  Log1p: (graph, [x]) => {
    const one = graph.scalar(1);
    const u = graph.emit('Add', [x!, one]);
    const excess = graph.emit('Sub', [u, one]);
    const isOne = graph.emit('Equal', [excess, graph.scalar(0)]);
    const logU = graph.emit('Log', [u]);
    const corrected = graph.emit('Mul', [
      logU,
      graph.emit('Div', [x!, graph.emit('Where', [isOne, one, excess])]),
    ]);
    const isLarge = graph.emit('Greater', [u, graph.scalar(1e8)]);
    return graph.emit('Where', [isOne, x!, graph.emit('Where', [isLarge, logU, corrected])]);
  },

  IsFinite: (graph, [x]) =>
    graph.emit('Not', [graph.emit('Or', [graph.emit('IsNaN', [x!]), graph.emit('IsInf', [x!])])]),

  /** Whole numbers below the quotient. */
  FloorDiv: (graph, inputs, node) => {
    const to = graph.numberOf('float32');
    const [a, b] = inputs.map((input) => graph.emit('Cast', [input], { to }));
    const quotient = graph.emit('Floor', [graph.emit('Div', [a!, b!])]);
    return graph.emit('Cast', [quotient], { to: graph.numberOf(node.outputs[0]!.dtype) });
  },
  /** The remainder with the sign of the divisor. */
  Mod: (graph, [a, b], node) => {
    const { dtype } = node.outputs[0]!;
    if (dtype === 'int32') return graph.emit('Mod', [a!, b!]);
    const zero = graph.scalar(0);
    const isNegative = (x: string) => graph.emit('Less', [x, zero]);
    const rest = graph.emit('Mod', [a!, b!], { fmod: 1 });
    const moved = graph.emit('Mod', [graph.emit('Add', [rest, b!]), b!], { fmod: 1 });
    const isSame = graph.emit('Equal', [isNegative(a!), isNegative(b!)]);
    return graph.emit('Where', [isSame, rest, moved]);
  },

  FusedBatchNorm: (graph, inputs, node) => {
    const named = (name: string) => inputs[node.names.indexOf(name)];
    const [x, mean, variance] = ['x', 'mean', 'variance'].map((name) => named(name)!);
    const epsilon = (node.attributes.varianceEpsilon as number | undefined) ?? 1e-3;
    const width = graph.emit('Sqrt', [graph.emit('Add', [variance!, graph.scalar(epsilon)])]);
    const [scale, offset] = [named('scale'), named('offset')];
    const centred = graph.emit('Sub', [x!, mean!]);
    const scaled = graph.emit('Div', [
      scale === undefined ? centred : graph.emit('Mul', [centred, scale]),
      width,
    ]);
    return offset === undefined ? scaled : graph.emit('Add', [scaled, offset]);
  },

  /** Numbers that are known when the program is written. */
  Range: (graph, _inputs, { attributes, outputs }) => {
    const { shape, dtype } = outputs[0]!;
    const { start, step } = attributes as { start: number; step: number };
    const values = Float64Array.from({ length: shape[0]! }, (_, i) => start + i * step);
    return graph.constant(inType(values, dtype), dtype, shape);
  },
  LinSpace: (graph, _inputs, { attributes, outputs }) => {
    const { shape } = outputs[0]!;
    const { start, stop, num } = attributes as { start: number; stop: number; num: number };
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    const values = Float64Array.from({ length: num }, (_, i) => start + i * step);
    return graph.constant(values, 'float32', shape);
  },

  ClipByValue: (graph, [x], node) =>
    graph.emit('Clip', [
      x!,
      graph.scalar(node.attributes.clipValueMin as number),
      graph.scalar(node.attributes.clipValueMax as number),
    ]),
};

function inType(values: Float64Array, dtype: DType): Numbers | Float64Array {
  return dtype === 'int32' ? Int32Array.from(values) : values;
}

/** How every kernel that programs may use is written in ONNX. */
export const lowerings: Readonly<Record<string, Lowering>> = {
  ...Object.fromEntries(Object.entries(renamed).map(([kernel, op]) => [kernel, same(op)])),
  ...arithmetic,
  ...activationKernels,
  ...reductionKernels,
  ...productKernels,
  ...indexingKernels,
  ...shapeKernels,
  ...convolutionKernels,
  ...poolKernels,
  ...resizingKernels,
};
