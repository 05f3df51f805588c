import { Bijector, type Normalizer } from '@pushforward/bijectors';
import {
  checkContext,
  checkEvent,
  placeColumns,
  type Tensor,
  takeColumns,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Conditioner } from './conditioner.js';

/**
 * A map that is triangular along the graph of its conditioner: y_i = f(x_i; h_i(parents of x_i)).
 *
 * With an autoregressive conditioner it is a step of MAF or IAF, with a coupling conditioner one of RealNVP, with
 * a graphical one a step of a graphical flow; the normalizer f makes it affine, spline or monotone network. The
 * log-determinant is the sum of log f'. Forward takes one pass of the conditioner, inverse `depth + 1`: after pass
 * k every dimension at depth < k is exact.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, algorithm 1; Papamakarios et al.,
 * arXiv:1705.07057, eq. 5.
 */
export class Triangular extends Bijector {
  override readonly eventRank = 1;
  override readonly contextSize: number;
  private readonly dimensions: number;

  constructor(
    readonly conditioner: Conditioner,
    readonly normalizer: Normalizer,
  ) {
    super();
    this.dimensions = conditioner.adjacency.length;
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
      const h = this.conditioner.parametersOf(x, context);
      const [y, logSlope] = this.normalizer.forwardAndLogDet(this.select(x), h);
      return [this.merge(y, x), tf.sum(logSlope, -1)];
    });
  }

  /**
   * @param y shape `[...batch, D]`
   * @param context shape `[...batch, contextSize]`
   * @returns x `[...batch, D]`, logDet `[...batch]`
   */
  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.check(y, context);
    return tf.tidy(() => {
      const selected = this.select(y);
      let x = y;
      let logSlope: Tensor | undefined;
      // Roots have no transformed parents: where they all pass unchanged, the first pass would be idle.
      for (let pass = this.passes; pass > 0; pass--) {
        const h = this.conditioner.parametersOf(x, context);
        const [inverse, logDet] = this.normalizer.inverseAndLogDet(selected, h);
        x = this.merge(inverse, y);
        logSlope = logDet;
      }
      return [x, tf.sum(logSlope!, -1)];
    });
  }

  /** `depth + 1`, or `depth` where every root passes unchanged and is exact from the start, as in coupling. */
  private get passes(): number {
    const { adjacency, depth, transformed } = this.conditioner;
    const rootIsTransformed = transformed.some((i) => !adjacency[i]!.includes(1));
    return Math.max(1, rootIsTransformed ? depth + 1 : depth);
  }

  private check(x: Tensor, context: Tensor | undefined): void {
    checkEvent('Triangular', x, [this.dimensions]);
    checkContext('Triangular', this.contextSize, context);
  }

  private get complete(): boolean {
    return this.conditioner.transformed.length === this.dimensions;
  }

  private select(x: Tensor): Tensor {
    return this.complete ? x : takeColumns(x, this.conditioner.transformed);
  }

  /** The transformed columns in their places, the others from `rest`. */
  private merge(columns: Tensor, rest: Tensor): Tensor {
    if (this.complete) return columns;
    const { transformed } = this.conditioner;
    const others = Array.from({ length: this.dimensions }, (_, i) => i).filter(
      (i) => !transformed.includes(i),
    );
    return tf.add(
      placeColumns(columns, transformed, this.dimensions),
      placeColumns(takeColumns(rest, others), others, this.dimensions),
    );
  }
}
