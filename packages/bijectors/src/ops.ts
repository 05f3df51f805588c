import { clip, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** One log-determinant for every vector of x, `[..., D]` -> `[...]`. */
export function perVector(x: Tensor, logDet: Tensor): Tensor {
  return tf.add(tf.zeros(x.shape.slice(0, -1)), logDet);
}

/**
 * What `softClip(., bound)` maps to x; beyond nine tenths of the bound, which it only reaches at infinity, what it maps
 * to those.
 */
export function unclip(x: Tensor, bound: number): Tensor {
  const within = clip(x, -0.9 * bound, 0.9 * bound);
  return tf.div(within, tf.sub(1, tf.div(tf.abs(within), bound)));
}

/** A x of every vector: A `[..., R, C]`, x `[..., C]` -> `[..., R]`. */
export function product(A: Tensor, x: Tensor): Tensor {
  if (A.rank > 2) return tf.sum(tf.mul(A, tf.expandDims(x, -2)), -1);
  const [rows, columns] = A.shape as [number, number];
  const y = tf.matMul(tf.reshape(x, [-1, columns]), A, false, true);
  return tf.reshape(y, [...x.shape.slice(0, -1), rows]);
}

/** A^T of every matrix: `[..., R, C]` -> `[..., C, R]`. */
export function transposed(A: Tensor): Tensor {
  const axes = A.shape.map((_, axis) => axis);
  return tf.transpose(A, [...axes.slice(0, -2), A.rank - 1, A.rank - 2]);
}
