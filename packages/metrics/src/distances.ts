import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Numbers in one block of distances: 4 MiB. */
const BLOCK = 2 ** 20;

/** Up to here differences are taken column by column. */
const FEW = 8;

/**
 * |x_i - y_j|^2: `[B, D]` and `[N, D]` -> `[B, N]`.
 *
 * In few dimensions, where rows may be close to each other, by differences, which do not cancel; in many by a matrix
 * product, which is faster.
 */
export function squaredDistances(x: Tensor, y: Tensor): Tensor {
  const size = x.shape[1]!;
  if (size <= FEW) {
    const rows = tf.transpose(y);
    return tf.addN(
      Array.from({ length: size }, (_, k) =>
        tf.square(tf.sub(tf.slice(x, [0, k], [-1, 1]), tf.slice(rows, [k, 0], [1, -1]))),
      ),
    );
  }
  const ofX = tf.sum(tf.square(x), -1, true);
  const ofY = tf.sum(tf.square(y), -1);
  return tf.sub(tf.add(ofX, ofY), tf.mul(2, tf.matMul(x, y, false, true)));
}

/** How many rows may meet `count` others at a time. */
export function rowsPerBlock(count: number): number {
  return Math.max(1, Math.floor(BLOCK / count));
}
