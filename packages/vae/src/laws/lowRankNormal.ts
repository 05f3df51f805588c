import { Distribution } from '@pushforward/distributions';
import {
  broadcastShapes,
  cholesky,
  type Key,
  ShapeError,
  type Tensor,
  triangularSolve,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * The normal law of a vector whose covariance is a diagonal and a matrix of low rank, N(loc, diag(scale^2) + U U^T).
 *
 * With V = U / scale and C = I + V^T V, which is only R x R, its log-determinant is that of C plus those of the scales,
 * and r^T S^-1 r = |r / scale|^2 - |L^-1 V^T (r / scale)|^2, L L^T = C.
 *
 * Samples are loc + scale e1 + U e2, so gradients reach all parameters.
 */
export class LowRankNormal extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  private readonly rank: number;

  /**
   * @param loc mean, shape `[...batch, D]`
   * @param scale > 0, shape `[...batch, D]`
   * @param factor U, shape `[...batch, D, R]`
   * @throws ShapeError if the shapes do not agree
   */
  constructor(
    readonly loc: Tensor,
    readonly scale: Tensor,
    readonly factor: Tensor,
  ) {
    super();
    const [size, rank] = factor.shape.slice(-2);
    if (rank === undefined || loc.shape.at(-1) !== size || scale.shape.at(-1) !== size)
      throw new ShapeError(
        `LowRankNormal: expected loc [..., D], scale [..., D] and factor [..., D, R], ` +
          `got ${[loc, scale, factor].map(({ shape }) => `[${shape.join(', ')}]`).join(', ')}.`,
      );
    this.eventShape = [size!];
    this.rank = rank;
    this.batchShape = broadcastShapes(
      'LowRankNormal',
      loc.shape.slice(0, -1),
      scale.shape.slice(0, -1),
      factor.shape.slice(0, -2),
    );
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const scaled = tf.div(this.factor, tf.expandDims(this.scale, -1));
      const L = this.capacitance(scaled);
      const r = tf.div(tf.sub(x, this.loc), this.scale);
      const projected = tf.sum(tf.mul(scaled, tf.expandDims(r, -1)), -2);
      // The inverse of a matrix of a few rows: solving would spread it over all of x.
      const inverse = triangularSolve(L, tf.eye(this.rank));
      const explained = tf.sum(tf.mul(inverse, tf.expandDims(projected, -2)), -1);
      const distance = tf.sub(tf.sum(tf.square(r), -1), tf.sum(tf.square(explained), -1));
      return tf.neg(
        tf.add(
          tf.add(tf.mul(0.5, distance), this.logVolume(L)),
          0.5 * this.size * Math.log(2 * Math.PI),
        ),
      );
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const [forEach, forAll] = key.split(2);
      const batch = [...shape, ...this.batchShape];
      const own = tf.mul(this.scale, forEach.normal([...batch, this.size]));
      const shared = tf.mul(this.factor, tf.expandDims(forAll.normal([...batch, this.rank]), -2));
      return tf.add(tf.add(this.loc, own), tf.sum(shared, -1));
    });
  }

  override mean(): Tensor {
    return tf.tidy(() => tf.broadcastTo(this.loc, [...this.batchShape, this.size]));
  }

  override variance(): Tensor {
    return tf.tidy(() =>
      tf.broadcastTo(tf.add(tf.square(this.scale), tf.sum(tf.square(this.factor), -1)), [
        ...this.batchShape,
        this.size,
      ]),
    );
  }

  override entropy(): Tensor {
    return tf.tidy(() => {
      const L = this.capacitance(tf.div(this.factor, tf.expandDims(this.scale, -1)));
      const perDimension = 0.5 * Math.log(2 * Math.PI * Math.E);
      return tf.broadcastTo(tf.add(this.logVolume(L), this.size * perDimension), [
        ...this.batchShape,
      ]);
    });
  }

  private get size(): number {
    return this.eventShape[0]!;
  }

  /** L of C = I + V^T V = L L^T, `[..., R, R]`. */
  private capacitance(scaled: Tensor): Tensor {
    return cholesky(tf.add(tf.matMul(scaled, scaled, true, false), tf.eye(this.rank)));
  }

  /** Half the log-determinant of the covariance, `[...batch]`. */
  private logVolume(L: Tensor): Tensor {
    const diagonal = tf.sum(tf.mul(L, tf.eye(this.rank)), -1);
    return tf.add(tf.sum(tf.log(diagonal), -1), tf.sum(tf.log(this.scale), -1));
  }
}
