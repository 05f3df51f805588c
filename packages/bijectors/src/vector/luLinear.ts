import {
  checkContext,
  checkEvent,
  checkOptions,
  constant,
  DomainError,
  exp,
  parameter,
  softClip,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';

/** Options of {@link LULinear}. */
export interface LULinearOptions {
  /** Pivots stay within (1/scaleBound, scaleBound) in absolute value; 1000 by default. */
  readonly scaleBound?: number;
}

/**
 * y = W x + b with W = P L U, log|det W| = sum log|U_ii|.
 *
 * P is a fixed permutation, L unit lower triangular, U upper triangular with a diagonal of fixed signs and bounded
 * logarithms, so that W can never become singular. The start is the identity.
 *
 * Source: Kingma and Dhariwal, arXiv:1807.03039, section 3.2; Oliva et al., arXiv:1801.09819.
 */
export class LULinear extends Bijector {
  override readonly eventRank = 1;
  private readonly permutation: Variable;
  private readonly lower: Variable;
  private readonly upper: Variable;
  private readonly logDiagonal: Variable;
  private readonly sign: Variable;
  private readonly bias: Variable;
  private readonly below: Tensor;
  private readonly logBound: number;

  /**
   * @param features D
   * @throws DomainError for options outside their domain
   */
  constructor(
    readonly features: number,
    options: LULinearOptions = {},
  ) {
    super();
    checkOptions('LULinear', options, ['scaleBound']);
    const { scaleBound = 1000 } = options;
    if (!Number.isInteger(features) || features < 1)
      throw new DomainError(`LULinear: features must be an integer >= 1, got ${features}.`);
    if (!(scaleBound > 1 && Number.isFinite(scaleBound)))
      throw new DomainError(`LULinear: scaleBound must be > 1, got ${scaleBound}.`);
    this.logBound = Math.log(scaleBound);
    const zeros = (shape: number[]) => parameterOf(() => tf.zeros(shape));
    this.permutation = tf.tidy(() => state(tf.eye(features)));
    this.lower = zeros([features, features]);
    this.upper = zeros([features, features]);
    this.logDiagonal = zeros([features]);
    this.sign = tf.tidy(() => state(tf.ones([features])));
    this.bias = zeros([features]);
    this.below = constant(() =>
      tf.tensor2d(
        Array.from({ length: features }, (_, i) =>
          Array.from({ length: features }, (_, j) => (j < i ? 1 : 0)),
        ),
      ),
    );
  }

  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(x, context);
    return tf.tidy(() => {
      const { L, U, logDet } = this.factors();
      const W = tf.matMul(this.permutation, tf.matMul(L, U)) as tf.Tensor2D;
      const rows = tf.reshape(x, [-1, this.features]) as tf.Tensor2D;
      const y = tf.add(tf.matMul(rows, tf.transpose(W)), this.bias);
      return [tf.reshape(y, x.shape), tf.fill(x.shape.slice(0, -1), 0).add(logDet)];
    });
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(y, context);
    throw new Error('waits for triangularSolve');
  }

  private factors() {
    const logDiagonal = softClip(this.logDiagonal, this.logBound);
    const L = tf.add(tf.mul(this.lower, this.below), tf.eye(this.features));
    const U = tf.add(
      tf.mul(this.upper, tf.transpose(this.below)),
      tf.mul(tf.eye(this.features), tf.mul(this.sign, exp(logDiagonal))),
    );
    return { L, U, logDet: tf.sum(logDiagonal) };
  }

  private checkInput(x: Tensor, context: Tensor | undefined): void {
    checkEvent('LULinear', x, [this.features]);
    checkContext('LULinear', 0, context);
  }
}

function parameterOf(value: () => Tensor): Variable {
  return tf.tidy(() => parameter(value()));
}
