/** Kernels that take number by number. */
import * as tf from '@tensorflow/tfjs';
import { type Case, integers, normal } from './case.js';

const edge = [0, -0, 1e-6, -1e-6, 0.3, -0.3, 0.5, -0.5, 1, -1, 3, -3, 20, -20, 88, -88, 1e5, -1e5];
const small = [-0.9, -0.5, -1e-4, 0, 1e-4, 0.5, 0.9];

export const elementwise: Readonly<Record<string, Case>> = {
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
  Mod: () => ({
    fn: (a, b) => [tf.mod(a, b), tf.mod(tf.cast(a, 'int32'), tf.cast(b, 'int32'))],
    args: [tf.tensor1d([5, -5, 5, -5, 7.5]), tf.tensor1d([3, 3, -3, -3, 2])],
  }),
  FloorDiv: () => ({
    fn: (a, b) => tf.floorDiv(a, b),
    args: [integers([5, -5, 5, -5, 7]), integers([3, 3, -3, -3, 2])],
  }),
  IsFinite: () => ({ fn: (x) => tf.isFinite(tf.div(1, x)), args: [tf.tensor1d([0, -0, 1, NaN])] }),
  IsInf: () => ({ fn: (x) => tf.isInf(tf.div(1, x)), args: [tf.tensor1d([0, -0, 1, NaN])] }),
  Prelu: () => ({ fn: (x, a) => tf.prelu(x, a), args: [normal(3, 4), normal(4)] }),
  Relu6: () => ({ fn: (x) => tf.relu6(tf.mul(x, 5)), args: [normal(20)] }),
  Selu: () => ({ fn: (x) => tf.selu(x), args: [normal(20)] }),
};
