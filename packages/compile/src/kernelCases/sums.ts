/** Kernels that add up, choose or sort along axes, and products of matrices. */
import * as tf from '@tensorflow/tfjs';
import { type Case, normal } from './case.js';

export const sums: Readonly<Record<string, Case>> = {
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
  All: () => ({
    fn: (x) => [tf.all(x), tf.all(x, 1), tf.all(x, 0, true)],
    args: [tf.tensor2d([1, 1, 0, 1], [2, 2], 'bool')],
  }),
  Any: () => ({
    fn: (x) => [tf.any(x), tf.any(x, 1), tf.any(x, 0, true)],
    args: [tf.tensor2d([0, 0, 0, 1], [2, 2], 'bool')],
  }),
  Softmax: () => ({
    fn: (x) => tf.softmax(x),
    args: [tf.tensor2d([1, 2, 3, 1000, 0, -1000], [2, 3])],
  }),
  Cumsum: () => ({
    fn: (x) => [tf.cumsum(x, 1), tf.cumsum(x, 0, true), tf.cumsum(x, 1, false, true)],
    args: [tf.tensor2d([1, 2, 3, 4], [2, 2])],
  }),
  Cumprod: () => ({
    fn: (x) => [
      tf.cumprod(x, 1),
      tf.cumprod(x, 0, true),
      tf.cumprod(x, 1, false, true),
      tf.cumprod(x, 1, true, true),
    ],
    args: [normal(3, 7)],
  }),
  TopK: () => ({
    fn: (x) => Object.values<tf.Tensor>(tf.topk(x, 3)),
    args: [tf.tensor2d([5, 1, 9, 3, 2, 8, 7, 4], [2, 4])],
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
  Einsum: () => ({
    fn: (a, b) => tf.einsum('bij,bjk->bik', a, b),
    args: [normal(2, 3, 4), normal(2, 4, 2)],
  }),
};
