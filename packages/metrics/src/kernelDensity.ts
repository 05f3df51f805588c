import { Distribution } from '@pushforward/distributions';
import {
  checkAbove,
  checkContext,
  checkEvent,
  checkOptions,
  constant,
  type Key,
  logSumExp,
  OptionError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { leaveOneOut, scott, silverman } from './bandwidth.js';
import { rowsPerBlock, squaredDistances } from './distances.js';
import { factor } from './fitGaussian.js';
import { keep, meanAndCovariance, readRows, whiten } from './matrix.js';

/** Options of {@link kernelDensity}. */
export interface KernelDensityOptions {
  /**
   * The width of the kernels in units of the standard deviation of the data, or how to choose it: by the rule of
   * Scott, N^(-1/(D+4)), or Silverman, (N (D + 2) / 4)^(-1/(D+4)), both right for normal data; or the one under which
   * each row is most likely given all others. 'scott' by default.
   */
  readonly bandwidth?: number | 'scott' | 'silverman' | 'leave-one-out';
}

/** The mean of N normal laws about as many rows, each of covariance bandwidth^2 times that of the rows. */
export class KernelDensity extends Distribution {
  override readonly eventShape: readonly number[];

  /** @internal made by {@link kernelDensity} */
  constructor(
    /** The rows made white, `[N, D]`. */
    private readonly centres: Tensor,
    /** Mean of the rows, `[D]`. */
    private readonly shift: Tensor,
    /** White rows are (x - shift) whitening, `[D, D]`. */
    private readonly whitening: Tensor,
    /** Its inverse, `[D, D]`. */
    private readonly colouring: Tensor,
    /** log|det d white / dx|. */
    private readonly logDet: number,
    /** The width of the kernels in units of the standard deviation of the rows. */
    readonly bandwidth: number,
  ) {
    super();
    this.eventShape = centres.shape.slice(1);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    checkEvent('KernelDensity', x, this.eventShape);
    checkContext('KernelDensity', 0, context);
    const [count, size] = this.centres.shape as [number, number];
    const logScale = Math.log(this.bandwidth) + 0.5 * Math.log(2 * Math.PI);
    return tf.tidy(() => {
      const white = tf.matMul(tf.reshape(tf.sub(x, this.shift), [-1, size]), this.whitening);
      const step = rowsPerBlock(count);
      const sums: Tensor[] = [];
      for (let start = 0; start < white.shape[0]; start += step)
        sums.push(
          this.logKernels(tf.slice(white, [start], [Math.min(step, white.shape[0] - start)])),
        );
      return tf.reshape(
        tf.add(tf.concat(sums), this.logDet - Math.log(count) - size * logScale),
        x.shape.slice(0, -1),
      );
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    checkContext('KernelDensity', 0, context);
    const [count, size] = this.centres.shape as [number, number];
    const [forChoice, forNoise] = key.split(2);
    const draws = shape.reduce((product, n) => product * n, 1);
    return tf.tidy(() => {
      const index = tf.cast(tf.floor(forChoice.uniform([draws], 0, count)), 'int32');
      const noise = tf.mul(this.bandwidth, forNoise.normal([draws, size]));
      const white = tf.add(tf.gather(this.centres, index), noise);
      const x = tf.add(tf.matMul(white, this.colouring), this.shift);
      return tf.reshape(x, [...shape, size]);
    });
  }

  /** log sum_n exp(-|z - c_n|^2 / 2h^2): `[B, D]` -> `[B]`. Only the sums outlive the block of distances. */
  private logKernels(white: Tensor): Tensor {
    return tf.tidy(() =>
      logSumExp(tf.div(squaredDistances(white, this.centres), -2 * this.bandwidth ** 2)),
    );
  }
}

/**
 * The kernel density estimate of rows, the mean of a normal law about each: a baseline that any model of the density
 * should beat.
 *
 * p(x) = 1/N sum_n N(x; x_n, h^2 S), with S the covariance of the rows (divided by N - 1) and h the bandwidth. Where
 * S is singular, a millionth of the mean variance is added to each variance.
 *
 * @param x shape `[N, D]`
 * @returns a law that owns its tensors: `dispose` frees them. `bandwidth` says what was chosen. Its log-density takes
 *   N D operations an event, in blocks of flat memory.
 * @throws DataError for fewer than two rows, rows that are all equal, or numbers that are not finite
 *
 * @example
 * ```ts
 * import { kernelDensity } from '@pushforward/metrics';
 * import { Key } from '@pushforward/tensors';
 * const law = await kernelDensity(Key.from(1).normal([500, 2]), { bandwidth: 'leave-one-out' });
 * console.log(law.bandwidth);
 * ```
 */
export async function kernelDensity(
  x: Tensor,
  options: KernelDensityOptions = {},
): Promise<KernelDensity> {
  checkOptions('kernelDensity', options, ['bandwidth']);
  const rule = checkBandwidth(options.bandwidth ?? 'scott');
  const rows = await readRows('kernelDensity', x);
  const { count, size } = rows;
  const { mean, covariance } = meanAndCovariance(rows, count - 1);
  const { L } = factor('kernelDensity', covariance, size);
  const identity = Float64Array.from({ length: size * size }, (_, at) =>
    Number(at % (size + 1) === 0),
  );
  const inverse = whiten({ count: size, size, values: identity }, new Float64Array(size), L);
  let logDet = 0;
  for (let i = 0; i < size; i++) logDet -= Math.log(L[i * size + i]!);

  const centres = keep(whiten(rows, mean, L), [count, size]);
  try {
    const bandwidth = await chooseBandwidth(rule, centres);
    return new KernelDensity(
      centres,
      keep(mean, [size]),
      keep(inverse, [size, size]),
      constant(() => tf.transpose(tf.tensor2d(Float32Array.from(L), [size, size]))),
      logDet,
      bandwidth,
    );
  } catch (error) {
    centres.dispose();
    throw error;
  }
}

type Bandwidth = NonNullable<KernelDensityOptions['bandwidth']>;

function checkBandwidth(bandwidth: Bandwidth): Bandwidth {
  if (typeof bandwidth === 'number') checkAbove('kernelDensity', 'bandwidth', bandwidth, 0);
  else if (!['scott', 'silverman', 'leave-one-out'].includes(bandwidth))
    throw new OptionError(
      `kernelDensity: bandwidth must be a number, 'scott', 'silverman' or 'leave-one-out', got '${bandwidth}'.`,
    );
  return bandwidth;
}

async function chooseBandwidth(rule: Bandwidth, centres: Tensor): Promise<number> {
  if (typeof rule === 'number') return rule;
  if (rule === 'leave-one-out') return leaveOneOut(centres);
  const [count, size] = centres.shape as [number, number];
  return rule === 'scott' ? scott(count, size) : silverman(count, size);
}
