import * as tf from '@tensorflow/tfjs';

type Fn = (...x: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** A function that uses a kernel, with arguments; engines differ in what they take. */
export type Case = (engine: string) => { fn: Fn; args: tf.Tensor[] };

const edge = [0, -0, 1e-6, -1e-6, 0.3, -0.3, 0.5, -0.5, 1, -1, 3, -3, 20, -20, 88, -88, 1e5, -1e5];
const small = [-0.9, -0.5, -1e-4, 0, 1e-4, 0.5, 0.9];

/** Kernels with arguments that show their corners. */
export const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    (
      [
        ['Abs', tf.abs],
        ['Ceil', tf.ceil],
        ['Elu', tf.elu],
        ['Exp', tf.exp],
        ['Expm1', tf.expm1],
        ['Floor', tf.floor],
        ['Neg', tf.neg],
        ['Relu', tf.relu],
        ['Round', tf.round],
        ['Sigmoid', tf.sigmoid],
        ['Sign', tf.sign],
        ['Softplus', tf.softplus],
        ['Square', tf.square],
        ['Step', tf.step],
        ['Tanh', tf.tanh],
        ['IsNan', (x: tf.Tensor) => tf.isNaN(tf.div(x, x))],
        ['OnesLike', tf.onesLike],
        ['ZerosLike', tf.zerosLike],
        ['LeakyRelu', (x: tf.Tensor) => tf.leakyRelu(x, 0.1)],
        ['ClipByValue', (x: tf.Tensor) => tf.clipByValue(x, -2, 0.4)],
        ['Identity', (x: tf.Tensor) => tf.add(tf.clone(x), 1)],
      ] as const
    ).map(([name, fn]) => [name, () => ({ fn, args: [tf.tensor1d(edge)] })]),
  ),
  ...Object.fromEntries(
    (
      [
        ['Acos', tf.acos],
        ['Asin', tf.asin],
        ['Atan', tf.atan],
        ['Atanh', tf.atanh],
        ['Cos', tf.cos],
        ['Cosh', tf.cosh],
        ['Asinh', tf.asinh],
        ['Erf', tf.erf],
        ['Log1p', tf.log1p],
        ['Sin', tf.sin],
        ['Sinh', tf.sinh],
        ['Tan', tf.tan],
      ] as const
    ).map(([name, fn]) => [name, () => ({ fn, args: [tf.tensor1d(small)] })]),
  ),
  ...Object.fromEntries(
    (
      [
        ['Log', tf.log],
        ['Sqrt', tf.sqrt],
        ['Rsqrt', tf.rsqrt],
        ['Reciprocal', tf.reciprocal],
      ] as const
    ).map(([name, fn]) => [name, () => ({ fn, args: [tf.tensor1d([1e-6, 0.1, 1, 3, 1e6])] })]),
  ),
  Acosh: () => ({ fn: tf.acosh, args: [tf.tensor1d([1, 1.25, 3, 1e6])] }),
  ...Object.fromEntries(
    (
      [
        ['Add', tf.add],
        ['Sub', tf.sub],
        ['Multiply', tf.mul],
        ['RealDiv', tf.div],
        ['Maximum', tf.maximum],
        ['Minimum', tf.minimum],
        ['SquaredDifference', tf.squaredDifference],
        ['Greater', tf.greater],
        ['GreaterEqual', tf.greaterEqual],
        ['Less', tf.less],
        ['LessEqual', tf.lessEqual],
        ['Equal', tf.equal],
        ['NotEqual', tf.notEqual],
      ] as const
    ).map(([name, fn]) => [
      name,
      () => ({
        fn: fn,
        args: [tf.tensor2d([1, 2, -3, 4, 0.5, 7], [2, 3]), tf.tensor1d([1, -2, 4])],
      }),
    ]),
  ),
  Pow: () => ({ fn: tf.pow, args: [tf.tensor1d([0.5, 1, 2]), tf.tensor1d([2, -1, 0.5])] }),
  AddN: () => ({
    fn: (a, b) => tf.addN([a, b, a]),
    args: [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])],
  }),
  LogicalAnd: () => ({
    fn: (a, b) => tf.logicalAnd(a, b),
    args: [tf.tensor1d([1, 1, 0, 0], 'bool'), tf.tensor1d([1, 0, 1, 0], 'bool')],
  }),
  LogicalOr: () => ({
    fn: (a, b) => tf.logicalOr(a, b),
    args: [tf.tensor1d([1, 1, 0, 0], 'bool'), tf.tensor1d([1, 0, 1, 0], 'bool')],
  }),
  LogicalNot: () => ({ fn: (x) => tf.logicalNot(x), args: [tf.tensor1d([1, 0], 'bool')] }),
  Select: () => ({
    fn: (c, a, b) => tf.where(c, a, b),
    args: [tf.tensor1d([1, 0], 'bool'), tf.tensor1d([1, 2]), tf.tensor1d([3, 4])],
  }),
  Cast: () => ({
    fn: (x) => [tf.cast(x, 'int32'), tf.cast(tf.greater(x, 0), 'float32')],
    args: [tf.tensor1d([1.7, -1.7, 0])],
  }),
  EluGrad: () => ({
    fn: (x) => tf.grad((x) => tf.elu(x))(x),
    args: [tf.tensor1d([-2, -0.1, 0.1, 2])],
  }),
  Softmax: () => ({
    fn: (x) => tf.softmax(x),
    args: [tf.tensor2d([1, 2, 3, 1000, 0, -1000], [2, 3])],
  }),
  ...Object.fromEntries(
    (
      [
        ['Sum', tf.sum],
        ['Mean', tf.mean],
        ['Max', tf.max],
        ['Min', tf.min],
        ['Prod', tf.prod],
      ] as const
    ).map(([name, fn]) => [
      name,
      () => ({
        fn: (x: tf.Tensor) => [
          fn(x),
          fn(x, 0),
          fn(x, -1, true),
          fn(x, [0, 2]),
          fn(x, [1, 2], true),
        ],
        args: [tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0.5], [2, 3, 2])],
      }),
    ]),
  ),
  ArgMax: () => ({
    fn: (x) => [tf.argMax(x, 1), tf.argMax(x, 0)],
    args: [tf.tensor2d([1, 9, 3, 4], [2, 2])],
  }),
  ArgMin: () => ({ fn: (x) => tf.argMin(x, 1), args: [tf.tensor2d([1, 9, 3, 4], [2, 2])] }),
  Cumsum: () => ({
    fn: (x) => [tf.cumsum(x, 1), tf.cumsum(x, 0, true), tf.cumsum(x, 1, false, true)],
    args: [tf.tensor2d([1, 2, 3, 4], [2, 2])],
  }),
  BatchMatMul: () => ({
    fn: (a, b) => [
      tf.matMul(a, b),
      tf.matMul(a, a, true),
      tf.matMul(b, b, false, true),
      tf.matMul(tf.stack([a, a]), tf.stack([b, b])),
      tf.matMul(tf.stack([a, a]), tf.stack([a, a]), true, false),
    ],
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor2d([1, 0, 2, 1, 3, 1], [3, 2])],
  }),
  _FusedMatMul: () => ({
    fn: (a, b, c) => [
      tf.fused.matMul({ a: a, b: b, bias: c, activation: 'relu' }),
      tf.fused.matMul({ a: a, b: a, transposeB: true }),
    ],
    args: [
      tf.tensor2d([1, -2, 3, -4], [2, 2]),
      tf.tensor2d([1, 0, 0, 1], [2, 2]),
      tf.tensor1d([1, 1]),
    ],
  }),
  Reshape: () => ({ fn: (x) => tf.add(tf.reshape(x, [3, 2]), 1), args: [tf.ones([2, 3])] }),
  ExpandDims: () => ({ fn: (x) => tf.add(tf.expandDims(x, 1), 1), args: [tf.ones([2, 3])] }),
  Fill: () => ({ fn: (x) => tf.add(x, tf.fill([2, 2], 3)), args: [tf.ones([2, 2])] }),
  Transpose: () => ({
    fn: (x) => tf.transpose(x, [2, 0, 1]),
    args: [tf.reshape(tf.range(0, 12), [2, 3, 2])],
  }),
  BroadcastTo: () => ({ fn: (x) => tf.broadcastTo(x, [3, 2]), args: [tf.tensor1d([1, 2])] }),
  Tile: () => ({ fn: (x) => tf.tile(x, [2, 3]), args: [tf.tensor2d([1, 2], [1, 2])] }),
  Concat: () => ({
    fn: (a, b) => tf.concat([a, b], 1),
    args: [tf.ones([2, 1]), tf.zeros([2, 2])],
  }),
  Pack: () => ({
    fn: (a, b) => [tf.stack([a, b], 1), tf.stack([a, b])],
    args: [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])],
  }),
  Unpack: () => ({ fn: (x) => tf.unstack(x, 1), args: [tf.tensor2d([1, 2, 3, 4], [2, 2])] }),
  SplitV: () => ({
    fn: (x) => tf.split(x, [1, 2], 1),
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])],
  }),
  Slice: () => ({
    fn: (x) => [tf.slice(x, [0, 1], [2, 2]), tf.slice(x, 1)],
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])],
  }),
  PadV2: () => ({
    fn: (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        7,
      ),
    args: [tf.ones([2, 2])],
  }),
  Reverse: () => ({
    fn: (x) => tf.reverse(x, 1),
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])],
  }),
  GatherV2: () => ({
    fn: (x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), 1),
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])],
  }),
  OneHot: () => ({
    fn: (x) => tf.oneHot(x, 3, 5, -1),
    args: [tf.tensor1d([0, 2, 1], 'int32')],
  }),
};
