import * as tf from '@tensorflow/tfjs';
import { withGradient } from '../ops/gradient.js';
import type { Tensor } from '../types.js';
import { lowerMask, transpose } from './masks.js';
import { squareSize, triangularInverse } from './triangular.js';

/**
 * The lower triangular L with a positive diagonal and L L^T = A.
 *
 * The gradient is that of Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527, eq. 10, and can
 * be differentiated again.
 *
 * @param a shape `[..., D, D]`, symmetric (else its symmetric part is taken) and positive definite; NaN where it is not
 * @returns shape `[..., D, D]`
 * @throws ShapeError unless the last two axes are equal
 *
 * @example
 * ```ts
 * import { cholesky } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * cholesky(tf.tensor2d([[4, 2], [2, 10]])).print(); // [[2, 0], [1, 3]]
 * ```
 */
export function cholesky(a: Tensor): Tensor {
  const size = squareSize('cholesky', a);
  return withGradient(a, factor, (dy, a) => {
    const l = cholesky(a);
    const v = triangularInverse(l);
    const inner = tf.matMul(l, dy, true, false);
    const outer = tf.matMul(tf.mul(inner, lowerMask(size, 0.5)), v);
    const flow = tf.matMul(v, outer, true, false);
    return tf.mul(0.5, tf.add(flow, transpose(flow)));
  });
}

/** Column by column, each subtracted from what remains below and to the right of it. */
function factor(a: Tensor): Tensor {
  const size = a.shape.at(-1)!;
  const batch = a.shape.slice(0, -2);
  const part = (x: Tensor, row: number, column: number, columns: number) =>
    tf.slice(x, [...batch.map(() => 0), row, column], [...batch, x.shape.at(-2)! - row, columns]);

  let rest = tf.mul(0.5, tf.add(a, transpose(a)));
  const columns: Tensor[] = [];
  for (let j = 0; j < size; j++) {
    const head = part(rest, 0, 0, 1);
    const pivot = tf.slice(head, [...batch.map(() => 0), 0, 0], [...batch, 1, 1]);
    const column = tf.div(head, tf.sqrt(pivot));
    columns.push(tf.concat([tf.zeros([...batch, j, 1]), column], -2));
    if (j === size - 1) break;
    const below = part(column, 1, 0, 1);
    rest = tf.sub(part(rest, 1, 1, size - j - 1), tf.matMul(below, below, false, true));
  }
  return tf.concat(columns, -1);
}
