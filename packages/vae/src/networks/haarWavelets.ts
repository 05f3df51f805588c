import { Bijector } from '@pushforward/bijectors';
import {
  checkAbove,
  checkEvent,
  checkOptions,
  DomainError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Grid, type GridShape, gridOf } from '../laws/grid.js';
import { double, halve } from '../laws/haar.js';

/** Options of {@link haarWavelets}. */
export interface HaarWaveletsOptions {
  /** Height, width and channels of an image, or steps and channels of a sequence. */
  readonly shape: GridShape;
  /**
   * What coefficients are multiplied by, from the finest details on, and last those of the smallest image: with N + 1 weights x is
   * halved N times.
   */
  readonly weights: readonly number[];
}

class HaarWavelets extends Bijector {
  override readonly eventRank = 1;
  private readonly size: number;
  /** Numbers of each band. */
  private readonly sizes: readonly number[];
  /** From an average to a sum in orthonormal coordinates. */
  private readonly unit: number;
  private readonly volume: number;

  constructor(
    private readonly grid: Grid,
    private readonly weights: readonly number[],
  ) {
    super();
    const share = 2 ** -grid.axes.length;
    this.size = grid.image.reduce((size, n) => size * n, 1);
    this.sizes = weights.map((_, level, { length }) => {
      const before = this.size * share ** level;
      return level < length - 1 ? before * (1 - share) : before;
    });
    this.unit = share ** -0.5;
    this.volume = weights.reduce((sum, w, level) => sum + this.sizes[level]! * Math.log(w), 0);
  }

  override forwardAndLogDet(x: Tensor): [Tensor, Tensor] {
    checkEvent('haarWavelets', x, [this.size]);
    return tf.tidy(() => {
      let rest = tf.reshape(x, [-1, ...this.grid.image]);
      const bands = this.weights.slice(1).map(() => {
        const { coarse, details } = halve(rest, this.grid.axes);
        rest = tf.mul(this.unit, coarse);
        return details;
      });
      const flat = [...bands, rest].map((band, level) =>
        tf.mul(this.weights[level]!, tf.reshape(band, [-1, this.sizes[level]!])),
      );
      return [tf.reshape(tf.concat(flat, 1), x.shape), this.logDet(x, this.volume)];
    });
  }

  override inverseAndLogDet(y: Tensor): [Tensor, Tensor] {
    checkEvent('haarWavelets', y, [this.size]);
    return tf.tidy(() => {
      const { image, axes } = this.grid;
      const flat = tf.split(tf.reshape(y, [-1, this.size]), [...this.sizes], 1);
      const bands = flat.map((band, level) => tf.div(band, this.weights[level]!));
      const imageAt = (level: number) =>
        image.map((size, i) => (axes.includes(i + 1) ? size / 2 ** level : size));
      const halvings = bands.length - 1;
      let x = tf.reshape(bands[halvings]!, [-1, ...imageAt(halvings)]);
      for (let level = halvings; level > 0; level--) {
        const details = tf.reshape(bands[level - 1]!, [
          -1,
          ...imageAt(level).slice(0, 2),
          this.depth,
        ]);
        x = double({ coarse: tf.div(x, this.unit), details }, axes);
      }
      return [tf.reshape(x, y.shape), this.logDet(y, -this.volume)];
    });
  }

  /** Channels of details. */
  private get depth(): number {
    return (2 ** this.grid.axes.length - 1) * this.grid.image[2];
  }

  private logDet(x: Tensor, value: number): Tensor {
    return tf.fill(x.shape.slice(0, -1), value);
  }
}

/**
 * Images or sequences, as vectors, in the orthogonal coordinates of Haar's wavelets, each band of which is weighted: sums and
 * differences of pairs of neighbours over sqrt 2 along each axis, and of the sums again. Lengths are kept where all weights
 * are 1; {@link metricGaussian} takes the map for what the eye tells.
 *
 * Source: Mallat, "A theory for multiresolution signal decomposition", IEEE PAMI 11(7), 1989.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain, or sizes that cannot be halved so often
 *
 * @example
 * ```ts
 * import { haarWavelets } from '@pushforward/vae';
 * import * as tf from '@tensorflow/tfjs';
 * const map = haarWavelets({ shape: [4, 1], weights: [1, 1, 1] });
 * map.forward(tf.tensor1d([1, 1, 1, 1])).print(); // [0, 0, 0, 2]: differences, differences of sums, sum
 * ```
 */
export function haarWavelets(options: HaarWaveletsOptions): Bijector {
  const where = 'haarWavelets';
  checkOptions(where, options, ['shape', 'weights']);
  const { shape, weights } = options;
  if (weights.length === 0) throw new DomainError(`${where}: at least one weight is needed.`);
  for (const weight of weights) checkAbove(where, 'a weight', weight, 0);
  return new HaarWavelets(gridOf(where, shape, weights.length - 1), weights);
}
