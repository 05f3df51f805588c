import { Bijector, type Normalizer } from '@pushforward/bijectors';
import { OptionError, placeColumns, scan, type Tensor, takeColumns } from '@pushforward/tensors';
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
    return tf.tidy(() => {
      const input = broadcastBatch(y, context);
      const [found, logDet] = isLongChain(exactAfter)
        ? this.oneByOne(input, context, exactAfter)
        : this.byLevels(input, context, exactAfter);
      return [this.merge(found, input), logDet];
    });
  }

  /** The inverse, all dimensions at once that are exact after the same pass. */
  private byLevels(y: Tensor, context: Tensor | undefined, exactAfter: readonly number[]) {
    const selected = this.select(y);
    // Dimensions wait at y until those that they read are known, so that nothing meaningless can grow.
    let found = selected;
    let logDet: Tensor = tf.zeros(y.shape.slice(0, -1));
    for (let pass = 1; pass <= Math.max(...exactAfter); pass++) {
      const now = exactAfter.flatMap((after, t) => (after === pass ? [t] : []));
      if (now.length === 0) continue;
      const h = this.conditioner.parametersOf(this.merge(found, y), context);
      const [inverse, logSlope] = this.normalizer.inverseAndLogDet(
        columnsOf(selected, now),
        rowsOf(h, now),
      );
      found = withColumns(found, inverse, now);
      logDet = tf.add(logDet, tf.sum(logSlope, -1));
    }
    return [found, logDet] as const;
  }

  /** The same where each pass makes one dimension exact: in turns, of which only what is found is kept. */
  private oneByOne(y: Tensor, context: Tensor | undefined, exactAfter: readonly number[]) {
    const selected = this.select(y);
    const places = tf.range(0, exactAfter.length, 1, 'int32');
    const order = [...exactAfter.keys()].sort((a, b) => exactAfter[a]! - exactAfter[b]!);
    const [[found, logDet]] = scan(
      ([found, logDet], [now]) => {
        const h = this.conditioner.parametersOf(this.merge(found!, y), context);
        const [inverse, logSlope] = this.normalizer.inverseAndLogDet(
          tf.gather(selected, now!, -1),
          tf.gather(h, now!, -2),
        );
        return [
          [
            tf.where(tf.equal(places, now!), inverse, found!),
            tf.add(logDet!, tf.sum(logSlope, -1)),
          ],
          [],
        ];
      },
      [selected, tf.zeros(y.shape.slice(0, -1))],
      [tf.tensor2d(order, [order.length, 1], 'int32')],
    ) as [[Tensor, Tensor], Tensor[]];
    return [found, logDet] as const;
  }

  /** For each transformed dimension the number of passes after which its inverse is exact. */
  private passes(): number[] {
    const { adjacency, transformed } = this.conditioner;
    const level = levels(adjacency);
    // Only a cycle leaves a dimension without a level.
    if (level.some(Number.isNaN)) checkAdjacency('Triangular', adjacency);
    return transformed.map((i) => level[i]! + 1);
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

/** More passes than this are turns: a program holds one of them, and what the others compute is forgotten. */
const MOST_WRITTEN_OUT = 64;

/** Whether there are many passes, each for one dimension; where gradients are taken all are written out. */
function isLongChain(exactAfter: readonly number[]): boolean {
  const passes = new Set(exactAfter).size;
  return passes > MOST_WRITTEN_OUT && passes === exactAfter.length && !tf.engine().isTapeOn();
}

/** Columns of x, `[..., T]` to `[..., chosen]`. */
function columnsOf(x: Tensor, chosen: readonly number[]): Tensor {
  return chosen.length === x.shape.at(-1) ? x : takeColumns(x, chosen);
}

/** Rows of the parameters, `[..., T, P]` to `[..., chosen, P]`. */
function rowsOf(h: Tensor, chosen: readonly number[]): Tensor {
  const [rows, size] = h.shape.slice(-2) as [number, number];
  if (chosen.length === rows) return h;
  const batch = h.shape.slice(0, -2);
  const columns = chosen.flatMap((row) => Array.from({ length: size }, (_, p) => row * size + p));
  const taken = takeColumns(tf.reshape(h, [...batch, rows * size]), columns);
  return tf.reshape(taken, [...batch, chosen.length, size]);
}

/** x with some of its columns replaced, `[..., T]`. */
function withColumns(x: Tensor, columns: Tensor, chosen: readonly number[]): Tensor {
  const size = x.shape.at(-1)!;
  if (chosen.length === size) return columns;
  const isChosen = tf.tensor1d(
    Array.from({ length: size }, (_, t) => chosen.includes(t)),
    'bool',
  );
  return tf.where(isChosen, placeColumns(columns, chosen, size), x);
}
