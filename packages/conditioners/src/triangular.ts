import { Bijector, type Normalizer } from '@pushforward/bijectors';
import { OptionError, placeColumns, type Tensor, takeColumns } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { checkAdjacency, levels } from './adjacency.js';
import type { Conditioner } from './conditioner.js';
import { broadcastBatch, checkInputs } from './context.js';

/**
 * A map that is triangular along the graph of its conditioner: y_i = f(x_i; h_i(parents of x_i)).
 *
 * With an autoregressive conditioner it is a step of MAF or IAF, with a coupling conditioner one of RealNVP, with
 * a graphical one a step of a graphical flow; the normalizer f makes it affine, spline or monotone network. The
 * log-determinant is the sum of log f'. Forward takes one pass of the conditioner, inverse `depth + 1`, of which the
 * first is spared where every root passes unchanged, as in coupling.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, algorithm 1; Papamakarios et al.,
 * arXiv:1705.07057, eq. 5.
 *
 * @example
 * ```ts
 * import { AffineNormalizer } from '@pushforward/bijectors';
 * import { Autoregressive, Triangular } from '@pushforward/conditioners';
 * import { Key } from '@pushforward/tensors';
 * const normalizer = new AffineNormalizer();
 * const conditioner = new Autoregressive(Key.from(1), {
 *   features: 3,
 *   parameters: normalizer.parameterCount,
 *   hidden: [64, 64],
 * });
 * const [y, logDet] = new Triangular(conditioner, normalizer).forwardAndLogDet(Key.from(2).normal([10, 3]));
 * ```
 */
export class Triangular extends Bijector {
  override readonly eventRank = 1;
  override readonly contextSize: number;

  /** @throws OptionError unless the conditioner supplies as many numbers as the normalizer needs */
  constructor(
    /** Says what each dimension reads, and computes the parameters. */
    readonly conditioner: Conditioner,
    /** The family of scalar maps that the parameters choose from. */
    readonly normalizer: Normalizer,
  ) {
    super();
    if (conditioner.parameterCount !== normalizer.parameterCount)
      throw new OptionError(
        `Triangular: the normalizer needs ${normalizer.parameterCount} numbers per dimension, ` +
          `the conditioner supplies ${conditioner.parameterCount}.`,
      );
    this.contextSize = conditioner.contextSize;
  }

  /**
   * @param x shape `[...batch, D]`
   * @param context shape `[...batch, contextSize]`
   * @returns y `[...batch, D]`, logDet `[...batch]`
   */
  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.check(x, context);
    return tf.tidy(() => {
      const input = broadcastBatch(x, context);
      const h = this.conditioner.parametersOf(input, context);
      const [y, logSlope] = this.normalizer.forwardAndLogDet(this.select(input), h);
      return [this.merge(y, input), tf.sum(logSlope, -1)];
    });
  }

  /**
   * @param y shape `[...batch, D]`
   * @param context shape `[...batch, contextSize]`
   * @returns x `[...batch, D]`, logDet `[...batch]`
   * @throws DomainError where the conditioner's graph has a cycle
   */
  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.check(y, context);
    const exactAfter = this.passes();
    const last = Math.max(...exactAfter);
    return tf.tidy(() => {
      const input = broadcastBatch(y, context);
      const selected = this.select(input);
      let x = input;
      for (let pass = 1; ; pass++) {
        const h = this.conditioner.parametersOf(x, context);
        const [inverse, logSlope] = this.normalizer.inverseAndLogDet(selected, h);
        if (pass >= last) return [this.merge(inverse, input), tf.sum(logSlope, -1)];
        // The other dimensions wait at y, so that nothing meaningless can grow from pass to pass.
        const exact = tf.tensor1d(
          exactAfter.map((after) => after <= pass),
          'bool',
        );
        x = this.merge(tf.where(exact, inverse, selected), input);
      }
    });
  }

  /** For each transformed dimension the number of passes after which its inverse is exact. */
  private passes(): number[] {
    const { adjacency, transformed } = this.conditioner;
    const level = levels(adjacency);
    // Only a cycle leaves a dimension without a level.
    if (level.some(Number.isNaN)) checkAdjacency('Triangular', adjacency);
    const first = transformed.some((i) => level[i] === 0) ? 1 : 0;
    return transformed.map((i) => level[i]! + first);
  }

  private check(x: Tensor, context: Tensor | undefined): void {
    const sizes = [this.conditioner.adjacency.length, this.contextSize] as const;
    checkInputs('Triangular', sizes, x, context);
  }

  private get complete(): boolean {
    return this.conditioner.transformed.length === this.conditioner.adjacency.length;
  }

  private select(x: Tensor): Tensor {
    return this.complete ? x : takeColumns(x, this.conditioner.transformed);
  }

  /** The transformed columns in their places, the others from `rest`. */
  private merge(columns: Tensor, rest: Tensor): Tensor {
    if (this.complete) return columns;
    const { adjacency, transformed } = this.conditioner;
    const others = adjacency.flatMap((_, i) => (transformed.includes(i) ? [] : [i]));
    return tf.add(
      placeColumns(columns, transformed, adjacency.length),
      placeColumns(takeColumns(rest, others), others, adjacency.length),
    );
  }
}
