/** Kernels that make numbers, move them and take them from places. */
import * as tf from '@tensorflow/tfjs';
import { type Case, integers, normal } from './case.js';

/** So many numbers are made by the program: fewer are constants in it. */
const MANY = 2 ** 16 + 1;

export const shapes: Readonly<Record<string, Case>> = {
  Reshape: () => ({ fn: (x) => tf.add(tf.reshape(x, [3, 2]), 1), args: [tf.ones([2, 3])] }),
  Fill: () => ({
    fn: (x) => {
      const filled = tf.fill([2, 2], 3);
      return [tf.add(x, filled), tf.concat([x, filled])];
    },
    args: [tf.ones([2, 2])],
  }),
  Range: () => ({
    fn: (x) => [tf.add(x, tf.range(1, 7, 2)), tf.range(0, MANY, 1, 'int32')],
    args: [normal(3)],
  }),
  LinSpace: () => ({
    fn: (x) => [tf.add(x, tf.linspace(-1, 1, 3)), tf.linspace(0, MANY - 1, MANY)],
    args: [normal(3)],
  }),
  Transpose: () => ({
    fn: (x) => tf.transpose(x, [2, 0, 1]),
    args: [tf.reshape(tf.range(0, 12), [2, 3, 2])],
  }),
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
    fn: (x) => [...tf.split(x, [1, 2], 1), ...tf.split(x, [1, 1])],
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])],
  }),
  Slice: () => ({
    fn: (x) => [tf.slice(x, [0, 1], [2, 2]), tf.slice(x, 1)],
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])],
  }),
  StridedSlice: () => ({
    fn: (x) => [
      tf.stridedSlice(x, [0, 1], [4, 5], [2, 3]),
      tf.stridedSlice(x, [3, -1], [-5, 0], [-1, -2]),
      tf.stridedSlice(x, [1, 0], [2, 5], [1, 1], 0, 0, 0, 0, 1),
    ],
    args: [normal(4, 5)],
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
  MirrorPad: () => ({
    fn: (x) =>
      (['reflect', 'symmetric'] as const).map((mode) =>
        tf.mirrorPad(
          x,
          [
            [1, 2],
            [0, 1],
          ],
          mode,
        ),
      ),
    args: [normal(3, 4)],
  }),
  Reverse: () => ({
    fn: (x) => [tf.reverse(x, 1), tf.reverse(x, -2), tf.reverse(x)],
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])],
  }),
  GatherV2: () => ({
    fn: (x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), 1),
    args: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])],
  }),
  GatherNd: () => ({
    fn: (x, indices) => tf.gatherND(x, indices),
    args: [normal(3, 4, 2), integers([0, 1, 2, 3, 2, 0], [3, 2])],
  }),
  ScatterNd: () => ({
    fn: (indices, updates) => tf.scatterND(indices, updates, [5, 2]),
    args: [integers([1, 3, 1], [3, 1]), normal(3, 2)],
  }),
  TensorScatterUpdate: () => ({
    fn: (x, indices, updates) => tf.tensorScatterUpdate(x, indices, updates),
    args: [normal(5, 2), integers([1, 3], [2, 1]), normal(2, 2)],
  }),
  UnsortedSegmentSum: () => ({
    fn: (x, ids) => [
      tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 4),
      tf.grad((x: tf.Tensor) => tf.sum(tf.sin(tf.gather(x, ids as tf.Tensor1D))))(x),
    ],
    args: [normal(5, 3), integers([2, 0, 2, 3, 0])],
  }),
  OneHot: () => ({
    fn: (x) => tf.oneHot(x, 3, 5, -1),
    args: [tf.tensor1d([0, 2, 1], 'int32')],
  }),
};
