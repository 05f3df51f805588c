/** What each kernel of TensorFlow.js is in ONNX operators. */
import type { Node, Value } from '../graph/program.js';
import type { Lowering } from './lowering.js';
import type { OnnxGraph } from './model.js';
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
  Add: 'Add',
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
  Identity: 'Identity',
  IsNan: 'IsNaN',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Log: 'Log',
  LogicalAnd: 'And',
  LogicalNot: 'Not',
  LogicalOr: 'Or',
  Maximum: 'Max',
  Minimum: 'Min',
  Multiply: 'Mul',
  Neg: 'Neg',
  Pow: 'Pow',
  RealDiv: 'Div',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Select: 'Where',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Sub: 'Sub',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

const arithmetic: Record<string, Lowering> = {
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

  /** 1 where x > 0, `alpha` elsewhere. A steep enough ramp is a step but for the smallest of subnormal numbers. */
  Step: (graph, [x], node) => {
    const alpha = (node.attributes.alpha as number | undefined) ?? 0;
    if (alpha === 0 && graph.precision === 'float32')
      return graph.emit('HardSigmoid', [x!], { alpha: { float: 3e38 }, beta: { float: 0 } });
    const positive = graph.emit('Greater', [x!, graph.scalar(0)]);
    return alpha === 0
      ? graph.emit('Cast', [positive], { to: graph.numberOf('float32') })
      : graph.emit('Where', [positive, graph.scalar(1), graph.scalar(alpha)]);
  },

  EluGrad: (graph, [dy, y]) => {
    const slope = graph.emit('Min', [graph.emit('Add', [y!, graph.scalar(1)]), graph.scalar(1)]);
    return graph.emit('Mul', [dy!, slope]);
  },

  ClipByValue: (graph, [x], node) =>
    graph.emit('Clip', [
      x!,
      graph.scalar(node.attributes.clipValueMin as number),
      graph.scalar(node.attributes.clipValueMax as number),
    ]),

  LeakyRelu: (graph, [x], node) =>
    graph.emit('LeakyRelu', [x!], { alpha: { float: node.attributes.alpha as number } }),

  Softmax: (graph, [x], node) =>
    graph.emit('Softmax', [x!], { axis: node.attributes.dim as number }),
};

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

/** Longer sums are left to the operator that adds in pairs. */
const LONGEST_PRODUCT_SUM = 1 << 13;

/** The sum over the rows of a matrix is a row of ones times the matrix, which takes a fraction of the time. */
const sum: Lowering = (graph, inputs, node) => {
  const [x] = node.inputs as readonly [Value];
  const rows = x.shape[0] ?? 0;
  const isOverRows = x.shape.length === 2 && axesOf(node).join() === '0';
  if (!isOverRows || x.dtype !== 'float32' || rows > LONGEST_PRODUCT_SUM)
    return reduction('ReduceSum')(graph, inputs, node);
  const shape = node.attributes.keepDims === true ? [1, rows] : [rows];
  const ones = graph.constant(new Float32Array(rows).fill(1), 'float32', shape);
  return graph.emit('MatMul', [ones, inputs[0]!]);
};

const reductions: Record<string, Lowering> = {
  Sum: sum,
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  ArgMax: (graph, [x], node) =>
    graph.emit('Cast', [graph.emit('ArgMax', [x!], { axis: axesOf(node)[0]!, keepdims: 0 })], {
      to: graph.numberOf('int32'),
    }),
  ArgMin: (graph, [x], node) =>
    graph.emit('Cast', [graph.emit('ArgMin', [x!], { axis: axesOf(node)[0]!, keepdims: 0 })], {
      to: graph.numberOf('int32'),
    }),
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

const activations: Record<string, string> = {
  relu: 'Relu',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
};

const products: Record<string, Lowering> = {
  BatchMatMul: (graph, [a, b], node) => product(graph, a!, b!, node),
  _FusedMatMul: (graph, inputs, node) => {
    const bias = node.names.indexOf('bias');
    const plain = product(graph, inputs[0]!, inputs[1]!, node, bias < 0 ? undefined : inputs[bias]);
    const activation = (node.attributes.activation as string | undefined) ?? 'linear';
    return activation === 'linear' ? plain : graph.emit(activations[activation]!, [plain]);
  },
};

/** a b, either transposed in its last two axes; two matrices are one Gemm. */
function product(graph: OnnxGraph, a: string, b: string, node: Node, bias?: string): string {
  const [left, right] = node.inputs as readonly [Value, Value];
  const transposeA = node.attributes.transposeA === true;
  const transposeB = node.attributes.transposeB === true;
  if (left.shape.length === 2 && right.shape.length === 2)
    return bias === undefined && !transposeA && !transposeB
      ? graph.emit('MatMul', [a, b])
      : graph.emit('Gemm', bias === undefined ? [a, b] : [a, b, bias], {
          transA: transposeA ? 1 : 0,
          transB: transposeB ? 1 : 0,
        });
  const swapped = (name: string, value: Value) => {
    const axes = value.shape.map((_, i) => i);
    const [row, column] = axes.splice(-2);
    return graph.emit('Transpose', [name], { perm: [...axes, column!, row!] });
  };
  const plain = graph.emit('MatMul', [
    transposeA ? swapped(a, left) : a,
    transposeB ? swapped(b, right) : b,
  ]);
  return bias === undefined ? plain : graph.emit('Add', [plain, bias]);
}

/** How every kernel that programs may use is written in ONNX. */
export const lowerings: Readonly<Record<string, Lowering>> = {
  ...Object.fromEntries(Object.entries(renamed).map(([kernel, op]) => [kernel, same(op)])),
  ...arithmetic,
  ...reductions,
  ...products,
  ...shapeKernels,
};
