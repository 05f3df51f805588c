import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';

/** The D x D matrix of the numbers `entry(i, j)`. */
export function matrix(size: number, entry: (i: number, j: number) => number): Tensor {
  const values = Float32Array.from({ length: size * size }, (_, k) =>
    entry(Math.floor(k / size), k % size),
  );
  return tf.tensor2d(values, [size, size]);
}

/** 1 below the diagonal, `diagonal` on it, 0 above. */
export function lowerMask(size: number, diagonal: number): Tensor {
  return matrix(size, (i, j) => (i > j ? 1 : i === j ? diagonal : 0));
}

/** The transpose of the last two axes. */
export function transpose(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  return tf.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}
