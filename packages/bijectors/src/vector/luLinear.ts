import {
  checkAbove,
  checkContext,
  checkCount,
  checkEvent,
  checkOptions,
  constant,
  exp,
  type Key,
  parameter,
  softClip,
  state,
  type Tensor,
  triangularSolve,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';
import { perVector, unclip } from '../ops.js';
import { factorise, randomRotation } from './rotation.js';

/** Options of {@link LULinear}. */
export interface LULinearOptions {
  /** Pivots, the diagonal of U, stay within (1/scaleBound, scaleBound) in absolute value; 1000 by default. */
  readonly scaleBound?: number;
}

/**
 * y = W x + b with W = P L U, log|det| = sum log|U_ii|.
 *
 * P is a permutation, which stays as it starts, L is unit lower and U upper triangular; the diagonal of U keeps its
 * signs, and its logarithms are soft-clipped, so that W is never singular. The start is the identity; see
 * {@link LULinear.rotation} for another one. The inverse solves two triangular systems.
 *
 * Source: Kingma and Dhariwal, arXiv:1807.03039, section 3.2.
 *
 * @example
 * ```ts
 * import { LULinear } from '@pushforward/bijectors';
 * import { Key } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const mix = LULinear.rotation(Key.from(1), 3);
 * const y = mix.forward(tf.tensor2d([[1, 2, 2]])); // of length 3 as well
 * ```
 */
export class LULinear extends Bijector {
  override readonly eventRank = 1;
  /** P, shape `[D, D]`. */
  private readonly permutation: Variable;
  /** The part of L below the diagonal counts. */
  private readonly lower: Variable;
  /** The part of U above the diagonal counts; the diagonal is sign * exp(softClip(logDiagonal)). */
  private readonly upper: Variable;
  private readonly logDiagonal: Variable;
  private readonly sign: Variable;
  private readonly bias: Variable;
  private readonly identity: Tensor;
  private readonly below: Tensor;
  private readonly logBound: number;

  /**
   * @param features D
   * @throws DomainError for a number outside its domain
   */
  constructor(
    readonly features: number,
    options: LULinearOptions = {},
  ) {
    super();
    checkOptions('LULinear', options, ['scaleBound']);
    const { scaleBound = 1000 } = options;
    checkCount('LULinear', 'features', features, 1);
    checkAbove('LULinear', 'scaleBound', scaleBound, 1);
    this.logBound = Math.log(scaleBound);
    this.identity = constant(() => tf.eye(features));
    this.below = constant(() =>
      tf.tensor2d(
        Array.from({ length: features }, (_, i) =>
          Array.from({ length: features }, (_, j) => Number(j < i)),
        ),
      ),
    );
    const zeros = (shape: number[]) => tf.tidy(() => parameter(tf.zeros(shape)));
    this.permutation = state(this.identity);
    this.lower = zeros([features, features]);
    this.upper = zeros([features, features]);
    this.logDiagonal = zeros([features]);
    this.sign = tf.tidy(() => state(tf.ones([features])));
    this.bias = zeros([features]);
  }

  /**
   * A map that starts at a random orthogonal W, uniform over all of them.
   *
   * @param features D
   * @throws DomainError for a number outside its domain
   */
  static rotation(key: Key, features: number, options: LULinearOptions = {}): LULinear {
    const linear = new LULinear(features, options);
    const { order, lower, upper } = factorise(randomRotation(key, features));
    const diagonal = upper.map((row, i) => row[i]!);
    tf.tidy(() => {
      linear.permutation.assign(tf.gather(linear.identity, order));
      linear.lower.assign(tf.tensor2d(lower as number[][]));
      linear.upper.assign(tf.tensor2d(upper as number[][]));
      linear.sign.assign(tf.sign(tf.tensor1d(diagonal)));
      linear.logDiagonal.assign(unclip(tf.log(tf.abs(tf.tensor1d(diagonal))), linear.logBound));
    });
    return linear;
  }

  /**
   * @param x shape `[...batch, D]`
   * @returns y `[...batch, D]` and logDet `[...batch]`
   */
  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(x, context);
    return tf.tidy(() => {
      const { L, U, logDet } = this.factors();
      const W = tf.matMul(this.permutation, tf.matMul(L, U));
      const rows = tf.reshape(x, [-1, this.features]);
      const y = tf.add(tf.matMul(rows, tf.transpose(W)), this.bias);
      return [tf.reshape(y, x.shape), perVector(x, logDet)];
    });
  }

  /**
   * @param y shape `[...batch, D]`
   * @returns x `[...batch, D]` and logDet `[...batch]`
   */
  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(y, context);
    return tf.tidy(() => {
      const { L, U, logDet } = this.factors();
      const rows = tf.sub(tf.reshape(y, [-1, this.features]), this.bias);
      // Rows times P are the columns of P^T y.
      const columns = tf.transpose(tf.matMul(rows, this.permutation));
      const x = triangularSolve(U, triangularSolve(L, columns, { unitDiagonal: true }), {
        lower: false,
      });
      return [tf.reshape(tf.transpose(x), y.shape), perVector(y, tf.neg(logDet))];
    });
  }

  private factors(): { L: Tensor; U: Tensor; logDet: Tensor } {
    const logDiagonal = softClip(this.logDiagonal, this.logBound);
    const diagonal = tf.mul(this.sign, exp(logDiagonal));
    return {
      L: tf.add(tf.mul(this.lower, this.below), this.identity),
      U: tf.add(tf.mul(this.upper, tf.transpose(this.below)), tf.mul(this.identity, diagonal)),
      logDet: tf.sum(logDiagonal),
    };
  }

  private checkInput(x: Tensor, context: Tensor | undefined): void {
    checkEvent('LULinear', x, [this.features]);
    checkContext('LULinear', 0, context);
  }
}
