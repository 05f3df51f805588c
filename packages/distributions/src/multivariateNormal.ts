import {
  broadcastShapes,
  type Key,
  ShapeError,
  type Tensor,
  triangularSolve,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { lowerMask } from './lowerMask.js';
import { checkDiagonal, checkFinite, type ParameterLike, shapeOf, tensorOf } from './parameters.js';

/**
 * The normal law of a vector, N(loc, L L^T) with L lower triangular:
 * log p(x) = -|L^-1 (x - loc)|^2 / 2 - sum_i log L_ii - D/2 log(2 pi).
 *
 * Samples are loc + L eps, so gradients reach both parameters.
 */
export class MultivariateNormal extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  /**
   * @param loc mean, shape `[...batch, D]`
   * @param scaleTril L with a positive diagonal, shape `[...batch, D, D]`; what stands above the diagonal is not used
   * @throws DomainError for numbers out of range; tensors are not read
   * @throws ShapeError if the shapes do not agree
   */
  constructor(
    readonly loc: ParameterLike,
    readonly scaleTril: ParameterLike,
  ) {
    super();
    checkFinite('MultivariateNormal: loc', loc);
    checkFinite('MultivariateNormal: scaleTril', scaleTril);
    checkDiagonal('MultivariateNormal: scaleTril', scaleTril);
    const ofLoc = shapeOf(loc);
    const ofScale = shapeOf(scaleTril);
    const [rows, columns] = ofScale.slice(-2);
    if (columns === undefined || rows !== columns || ofLoc.at(-1) !== rows)
      throw new ShapeError(
        `MultivariateNormal: expected loc [..., D] and scaleTril [..., D, D], ` +
          `got [${ofLoc.join(', ')}] and [${ofScale.join(', ')}].`,
      );
    this.eventShape = [rows];
    this.batchShape = broadcastShapes(
      'MultivariateNormal',
      ofLoc.slice(0, -1),
      ofScale.slice(0, -2),
    );
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const L = this.factor();
      const z = solve(L, tf.sub(x, tensorOf(this.loc)));
      const volume = tf.add(logDiagonal(L), 0.5 * this.size * Math.log(2 * Math.PI));
      return tf.sub(tf.mul(-0.5, tf.sum(tf.square(z), -1)), volume);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const noise = key.normal([...shape, ...this.batchShape, this.size]);
      return tf.add(tensorOf(this.loc), multiply(this.factor(), noise));
    });
  }

  override mean(): Tensor {
    return tf.tidy(() => tf.broadcastTo(tensorOf(this.loc), [...this.batchShape, this.size]));
  }

  override variance(): Tensor {
    return tf.tidy(() =>
      tf.broadcastTo(tf.sum(tf.square(this.factor()), -1), [...this.batchShape, this.size]),
    );
  }

  /** L L^T, shape `[...batch, D, D]`. */
  covariance(): Tensor {
    return tf.tidy(() => {
      const L = this.factor();
      return tf.broadcastTo(tf.matMul(L, L, false, true), [
        ...this.batchShape,
        this.size,
        this.size,
      ]);
    });
  }

  override entropy(): Tensor {
    return tf.tidy(() =>
      tf.broadcastTo(
        tf.add(logDiagonal(this.factor()), 0.5 * this.size * Math.log(2 * Math.PI * Math.E)),
        [...this.batchShape],
      ),
    );
  }

  private get size(): number {
    return this.eventShape[0]!;
  }

  private factor(): Tensor {
    return tf.mul(tensorOf(this.scaleTril), lowerMask(this.size));
  }
}

/** L^-1 r of every vector: L `[...batch, D, D]`, r `[..., D]`. */
function solve(L: Tensor, r: Tensor): Tensor {
  const batch = L.shape.slice(0, -2);
  const size = L.shape.at(-1)!;
  const shape = [...broadcastShapes('MultivariateNormal', r.shape.slice(0, -1), batch), size];
  const full = shape.join() === r.shape.join() ? r : tf.broadcastTo(r, shape);
  // Vectors that share a matrix are its columns; ranks stay low, for tfjs differentiates `tile` up to rank 4 only.
  const laws = batch.reduce((count, n) => count * n, 1);
  const columns = tf.transpose(tf.reshape(full, [-1, laws, size]), [1, 2, 0]);
  const solved = triangularSolve(tf.reshape(L, [laws, size, size]), columns);
  return tf.reshape(tf.transpose(solved, [2, 0, 1]), shape);
}

/** L z of every vector: L `[..., D, D]`, z `[..., D]`. */
function multiply(L: Tensor, z: Tensor): Tensor {
  if (L.rank > 2) return tf.sum(tf.mul(L, tf.expandDims(z, -2)), -1);
  return tf.reshape(tf.matMul(tf.reshape(z, [-1, L.shape[0]]), L, false, true), z.shape);
}

/** sum_i log L_ii: `[..., D, D]` -> `[...]`. */
function logDiagonal(L: Tensor): Tensor {
  const diagonal = tf.sum(tf.mul(L, tf.eye(L.shape.at(-1)!)), -1);
  return tf.sum(tf.log(diagonal), -1);
}
