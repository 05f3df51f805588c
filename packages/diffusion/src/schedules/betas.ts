import {
  checkAbove,
  checkCount,
  checkOptions,
  constant,
  DomainError,
  exp,
  expm1,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Levels, Schedule, type Slopes } from './schedule.js';

/** Times that differ by less than this part of themselves are the same: float32 holds i / T to half of it. */
const ROUNDING = 2.4e-7;

/**
 * A schedule of T steps, x_i = sqrt(1 - beta_i) x_(i-1) + sqrt(beta_i) eps.
 *
 * At t = i / T, alpha^2 is the product of 1 - beta_1 .. 1 - beta_i. Between two steps its logarithm is a line: that is the diffusion
 * of constant rate which takes the one to the other, and unlike the log-SNR it is finite at t = 0, where there is no noise.
 */
class BetaSchedule extends Schedule {
  override readonly startsClean = true;
  override readonly preservesVariance = true;
  override readonly steps: number;
  /** Of each step alpha and sigma^2 where it starts, and what it adds to log alpha^2, `[T, 3]`. */
  private readonly table: Tensor;

  constructor(betas: readonly number[]) {
    super();
    this.steps = betas.length;
    let log = 0;
    const rows = betas.map((beta) => {
      const row = [Math.exp(log / 2), -Math.expm1(log), Math.log1p(-beta)];
      log += row[2]!;
      return row;
    });
    this.table = constant(() => tf.tensor2d(rows));
  }

  override at(t: Tensor): Levels {
    return tf.tidy(() => {
      const { alpha, variance, share, increment } = this.step(t);
      const change = tf.mul(share, increment);
      const added = tf.mul(tf.square(alpha), tf.neg(expm1(change)));
      return {
        alpha: tf.mul(alpha, exp(tf.mul(0.5, change))),
        sigma: tf.sqrt(tf.add(variance, added)),
      };
    });
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => {
      const { alpha, share, increment } = this.step(t);
      const now = tf.mul(alpha, exp(tf.mul(tf.mul(0.5, share), increment)));
      const rate = tf.mul(this.steps, increment);
      return {
        alpha: tf.mul(tf.mul(0.5, rate), now),
        variance: tf.neg(tf.mul(rate, tf.square(now))),
      };
    });
  }

  /** The step that t lies in, or ends, and how much of it is done. */
  private step(t: Tensor): { alpha: Tensor; variance: Tensor; increment: Tensor; share: Tensor } {
    const time = tf.mul(t, this.steps);
    const nearest = tf.round(time);
    const isBetween = tf.greater(tf.abs(tf.sub(time, nearest)), tf.mul(ROUNDING, time));
    const steps = tf.where(isBetween, time, nearest);
    const index = tf.minimum(tf.maximum(tf.sub(tf.ceil(steps), 1), 0), this.steps - 1);
    const rows = tf.gather(this.table, tf.cast(tf.reshape(index, [-1]), 'int32'));
    const [alpha, variance, increment] = tf
      .split(rows, 3, 1)
      .map((column) => tf.reshape(column, t.shape)) as [Tensor, Tensor, Tensor];
    return { alpha, variance, increment, share: tf.sub(steps, index) };
  }
}

/**
 * The schedule of given steps: alpha(i / T)^2 = (1 - beta_1) .. (1 - beta_i), sigma^2 = 1 - alpha^2. The products are taken in
 * double precision.
 *
 * Source: Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", arXiv:2006.11239, eq. 4.
 *
 * @param betas T numbers in (0, 1)
 * @throws DomainError for other numbers, or none
 */
export function fromBetas(betas: readonly number[]): Schedule {
  checkCount('fromBetas', 'the number of betas', betas.length, 1);
  const wrong = betas.find((beta) => !(beta > 0 && beta < 1));
  if (wrong !== undefined)
    throw new DomainError(
      `fromBetas: every beta must be in (0, 1), got ${wrong}; for no signal at the end take zeroTerminalSnr.`,
    );
  return new BetaSchedule(betas);
}

/** Options of {@link linearBetas} and {@link scaledLinearBetas}. */
export interface BetasOptions {
  /** T; 1000 by default. */
  readonly steps?: number;
  /** The first beta, in (0, 1). */
  readonly start?: number;
  /** The last beta, in (0, 1). */
  readonly end?: number;
}

/**
 * T betas in equal steps from `start` to `end`; 1e-4 to 0.02 by default, for T = 1000, and those times 1000 / T for other T, up to 0.5.
 *
 * Source: Ho, Jain and Abbeel, arXiv:2006.11239, section 4.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { linearBetas } from '@pushforward/diffusion';
 * import * as tf from '@tensorflow/tfjs';
 * const schedule = linearBetas({ steps: 100, start: 1e-4, end: 0.1 });
 * const { alpha, sigma } = schedule.at(tf.tensor1d([0, 0.5, 1])); // [3] each
 * ```
 */
export function linearBetas(options: BetasOptions = {}): Schedule {
  checkOptions('linearBetas', options, ['steps', 'start', 'end']);
  const { steps = 1000 } = options;
  const { start = 0.1 / steps, end = Math.min(20 / steps, 0.5) } = options;
  return fromBetas(evenly('linearBetas', steps, start, end));
}

/**
 * T betas whose square roots climb in equal steps; from 0.00085 to 0.012 by default, for T = 1000, and those times 1000 / T for other
 * T, up to 0.5.
 *
 * Source: Rombach et al., "High-resolution image synthesis with latent diffusion models", arXiv:2112.10752, appendix.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function scaledLinearBetas(options: BetasOptions = {}): Schedule {
  checkOptions('scaledLinearBetas', options, ['steps', 'start', 'end']);
  const { steps = 1000 } = options;
  const { start = 0.85 / steps, end = Math.min(12 / steps, 0.5) } = options;
  const roots = evenly('scaledLinearBetas', steps, Math.sqrt(start), Math.sqrt(end));
  return fromBetas(roots.map((root) => root ** 2));
}

/** Options of {@link cosineBetas}. */
export interface CosineBetasOptions {
  /** T; 1000 by default. */
  readonly steps?: number;
  /** s > 0, by which the cosine is shifted, so that the first betas are not too small; 0.008 by default. */
  readonly offset?: number;
  /** What no beta is above, in (0, 1); 0.999 by default. */
  readonly largest?: number;
}

/**
 * T betas for which alpha^2 falls as a squared cosine: alpha(t)^2 = f(t) / f(0), f(t) = cos^2((t + s) / (1 + s) pi / 2).
 *
 * Source: Nichol and Dhariwal, "Improved denoising diffusion probabilistic models", arXiv:2102.09672, eq. 17.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function cosineBetas(options: CosineBetasOptions = {}): Schedule {
  checkOptions('cosineBetas', options, ['steps', 'offset', 'largest']);
  const { steps = 1000, offset = 0.008, largest = 0.999 } = options;
  checkCount('cosineBetas', 'steps', steps, 1);
  checkAbove('cosineBetas', 'offset', offset, 0);
  const f = (i: number) => Math.cos((((i / steps + offset) / (1 + offset)) * Math.PI) / 2) ** 2;
  return fromBetas(Array.from({ length: steps }, (_, i) => Math.min(1 - f(i + 1) / f(i), largest)));
}

function evenly(where: string, steps: number, start: number, end: number): number[] {
  checkCount(where, 'steps', steps, 1);
  checkAbove(where, 'start', start, 0);
  checkAbove(where, 'end', end, 0);
  return Array.from(
    { length: steps },
    (_, i) => start + ((end - start) * i) / Math.max(steps - 1, 1),
  );
}
