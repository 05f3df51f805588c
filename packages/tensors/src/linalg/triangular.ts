import * as tf from '@tensorflow/tfjs';
import { checkOptions } from '../check.js';
import { ShapeError } from '../errors.js';
import { withGradient } from '../ops/gradient.js';
import { broadcastShapes } from '../shapes.js';
import type { Tensor } from '../types.js';
import { lowerMask, matrix, transpose } from './masks.js';

/** Which triangular system {@link triangularSolve} solves. */
export interface TriangularOptions {
  /** A is lower triangular, else upper. Default true. */
  readonly lower?: boolean;
  /** Solve A^T X = B. Default false. */
  readonly transposed?: boolean;
  /** Take the diagonal of A to be 1, whatever it holds. Default false. */
  readonly unitDiagonal?: boolean;
}

/**
 * X with A X = B for a triangular A, or A^T X = B.
 *
 * Only the triangle that the options name is read. The inverse of A is built by doubling blocks, in ceil(log2 D) steps
 * of two matrix products, where substitution would take D steps; one step of iterative refinement then makes X as
 * exact as substitution (Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., sections 12.2 and 14.2).
 * It can be differentiated any number of times in A and B.
 *
 * @param a shape `[...batch, D, D]`; a zero on the diagonal gives infinite or undefined numbers
 * @param b shape `[...batch, D, K]`; batch axes broadcast against those of `a`
 * @returns shape `[...batch, D, K]`
 * @throws ShapeError unless `a` is square, `b` has as many rows and the batch axes agree
 *
 * @example
 * ```ts
 * import { triangularSolve } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const l = tf.tensor2d([[2, 0], [1, 4]]);
 * triangularSolve(l, tf.tensor2d([[2], [9]])).print(); // [[1], [2]]
 * ```
 */
export function triangularSolve(a: Tensor, b: Tensor, options: TriangularOptions = {}): Tensor {
  checkOptions('triangularSolve', options, ['lower', 'transposed', 'unitDiagonal']);
  const size = squareSize('triangularSolve', a);
  if (b.rank < 2 || b.shape.at(-2) !== size)
    throw new ShapeError(
      `triangularSolve: b must have shape [..., ${size}, K], got [${b.shape.join(', ')}].`,
    );
  const { lower = true, transposed = false, unitDiagonal = false } = options;
  return tf.tidy(() => {
    const l = triangleOf(lower ? a : transpose(a), unitDiagonal);
    const inverse = triangularInverse(l);
    const flip = lower === transposed;
    const x = product(inverse, b, flip);
    return tf.add(x, product(inverse, tf.sub(b, product(l, x, flip)), flip));
  });
}

/**
 * The inverse of a lower triangular matrix, by V <- V - V M V with M the blocks that join two inverted ones: of size
 * 1, 2, 4, ...
 *
 * @param l shape `[..., D, D]`, zero above the diagonal
 */
export function triangularInverse(l: Tensor): Tensor {
  return withGradient(l, invert, (dy, l) => {
    const v = triangularInverse(l);
    const flow = tf.matMul(tf.matMul(v, dy, true, false), v, false, true);
    return tf.mul(flow, tf.neg(lowerMask(l.shape.at(-1)!, 1)));
  });
}

function invert(l: Tensor): Tensor {
  const size = l.shape.at(-1)!;
  const identity = matrix(size, (i, j) => (i === j ? 1 : 0));
  let v = tf.div(identity, tf.sum(tf.mul(l, identity), -1, true));
  for (let block = 1; block < size; block *= 2) {
    const joints = matrix(size, (i, j) => {
      const [row, column] = [Math.floor(i / block), Math.floor(j / block)];
      return row === column + 1 && row % 2 === 1 ? 1 : 0;
    });
    v = tf.sub(v, tf.matMul(tf.matMul(v, tf.mul(l, joints)), v));
  }
  return v;
}

function triangleOf(a: Tensor, unitDiagonal: boolean): Tensor {
  const size = a.shape.at(-1)!;
  const triangle = tf.mul(a, lowerMask(size, unitDiagonal ? 0 : 1));
  return unitDiagonal
    ? tf.add(
        triangle,
        matrix(size, (i, j) => (i === j ? 1 : 0)),
      )
    : triangle;
}

/** a b, or a^T b; the batch axes are made equal first, for `matMul` has no gradient where it broadcasts. */
function product(a: Tensor, b: Tensor, transposed: boolean): Tensor {
  const batch = broadcastShapes('triangularSolve', a.shape.slice(0, -2), b.shape.slice(0, -2));
  const spread = (x: Tensor) => {
    const shape = [...batch, ...x.shape.slice(-2)];
    return shape.join() === x.shape.join() ? x : tf.broadcastTo(x, shape);
  };
  return tf.matMul(spread(a), spread(b), transposed, false);
}

/** D of a matrix `[..., D, D]`. */
export function squareSize(where: string, a: Tensor): number {
  const [rows, columns] = a.shape.slice(-2);
  if (rows === undefined || rows !== columns)
    throw new ShapeError(
      `${where}: a square matrix [..., D, D] is needed, got [${a.shape.join(', ')}].`,
    );
  return rows;
}
