import {
  type Batch,
  checkCount,
  checkOptions,
  type Key,
  OptionError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { batchOf, type Denoiser, withAxes } from '../denoisers/denoiser.js';
import type { AncestralVariance } from '../samplers/reverseKernel.js';
import { firstTime, gridTimes, noised, times } from './noised.js';
import { DenoisingObjective } from './objective.js';
import { stepBound } from './stepBound.js';
import { diffusionTerm, priorTerm, throughNoise, throughNoiseToLevels } from './terms.js';

const variances = ['posterior', 'beta', 'learned'] as const satisfies readonly AncestralVariance[];

/** Options of {@link variational}. */
export interface VariationalOptions {
  /**
   * T: steps of the chain that the bound is of, as many as the schedule has by default. Infinity, the default where it has none,
   * is the diffusion in continuous time.
   */
  readonly steps?: number;
  /**
   * Variance of a step of the chain, as of `ancestral`: `'beta'` by default, `'posterior'`, or `'learned'` where the denoiser learns
   * one. Where data are smooth at the size of the first noise it is close to beta, and the smaller one, of data that are one point,
   * costs up to a nat for each number: the best bound of two standard normal numbers is 2.7 nats off with it by 100 linear betas
   * and 0.9 by 1000, and exact with beta. It is the better one where data have less spread than the first noise.
   */
  readonly variance?: AncestralVariance;
  /** Of the T terms of a row `'one'` at random, T times, or `'all'`; `'one'` by default. */
  readonly terms?: 'one' | 'all';
  /**
   * In continuous time the time at which x is seen through noise: 0 where the schedule starts with some, else 0.001 by default.
   */
  readonly start?: number;
  /**
   * Of discrete data, how many values a number may have, equally far apart from -1 to 1; 256 for images of 8 bits. The bound is then of
   * -log P(x), and compares with those of other models of such data; it is infinite for x between the levels.
   */
  readonly levels?: number;
}

/** -log p(x) <= KL(q(x_1 | x) || p(x_1)) + a term for each step, and for what noise is left at the end of the last. */
class Variational extends DenoisingObjective {
  constructor(private readonly options: VariationalOptions) {
    super();
  }

  protected override estimate(denoiser: Denoiser, batch: Batch, key: Key): Tensor {
    const { steps = denoiser.schedule.steps ?? Infinity } = this.options;
    checkTime(steps, this.options);
    const terms =
      steps === Infinity
        ? this.diffusion(denoiser, batch, key)
        : this.chain(denoiser, batch, key, steps);
    return tf.add(priorTerm(denoiser, batch.x), terms);
  }

  /** T terms, or one of them at random. */
  private chain(denoiser: Denoiser, batch: Batch, key: Key, count: number): Tensor {
    const { terms = 'one', variance = 'beta', levels } = this.options;
    const [forTimes, forNoise, forStart] = key.split(3);
    const { x } = batch;
    const rows = batchOf(x, denoiser);
    const each = (x: Tensor, t: Tensor) =>
      stepBound(noised(denoiser, { ...batch, x }, t, forNoise), { count, variance, levels });
    const sum =
      terms === 'all'
        ? tf.sum(each(...everyStep(x, rows, count)), 0)
        : tf.mul(count, each(x, gridTimes(forTimes, rows, count)));
    return tf.add(sum, this.start(denoiser, 0, x, forStart));
  }

  /** Their limit with more and more steps, -1/2 E int SNR' |x - E[x | x_t]|^2 dt. */
  private diffusion(denoiser: Denoiser, batch: Batch, key: Key): Tensor {
    const { schedule } = denoiser;
    const { x } = batch;
    const { start = firstTime(schedule) } = this.options;
    if (start === 0 && schedule.startsClean)
      throw new OptionError(
        'variational: start must be above 0 where a schedule starts without noise, for the bound has no limit there.',
      );
    const [forTimes, forNoise, forStart] = key.split(3);
    const t = times(forTimes, batchOf(x, denoiser), start);
    const seen = noised(denoiser, batch, t, forNoise);
    return tf.add(tf.mul(1 - start, diffusionTerm(seen)), this.start(denoiser, start, x, forStart));
  }

  /** What is left of x once x_0 is known. */
  private start(denoiser: Denoiser, start: number, x: Tensor, key: Key): Tensor {
    const { levels } = this.options;
    const seesNoise = start > 0 || !denoiser.schedule.startsClean;
    return levels !== undefined && seesNoise
      ? throughNoiseToLevels(denoiser, start, { x, levels }, key)
      : throughNoise(denoiser, start);
  }
}

/** Throws an OptionError for options of chains in continuous time, or the other way round: they would count nothing. */
function checkTime(steps: number, { terms, variance, start }: VariationalOptions): void {
  if (steps === Infinity && (terms !== undefined || variance !== undefined))
    throw new OptionError(
      'variational: terms and variance are those of steps, and continuous time has none; give a number of steps.',
    );
  if (steps !== Infinity && start !== undefined)
    throw new OptionError(
      `variational: start is of continuous time, and a chain of ${steps} steps has none; give steps: Infinity.`,
    );
}

/** x as often as there are steps, each time at another of them: `[T, ...batch, ...event]` and `[T, ...batch]`. */
function everyStep(x: Tensor, batch: readonly number[], count: number): [x: Tensor, t: Tensor] {
  const t = tf.div(tf.range(1, count + 1), count);
  return [
    tf.broadcastTo(tf.expandDims(x, 0), [count, ...x.shape]),
    tf.broadcastTo(withAxes(t, batch.length), [count, ...batch]),
  ];
}

/**
 * The variational bound of -log p(x) in nats, all terms and constants included: of a chain of T steps
 * KL(q(x_T | x) || p(x_T)) + sum_t KL(q(x_(t-1) | x_t, x) || p(x_(t-1) | x_t)) - log p(x | x_1), each in closed form, or its limit with
 * infinitely many steps, KL + 1/2 int g^2 / sigma^2 |eps - E[eps | x_t]|^2 dt + what is left of noise at the start.
 *
 * Where a schedule starts with noise, x is taken to be seen through that: x | x_0 ~ N(x_0 / alpha, sigma^2 / alpha^2 I), and the first step
 * is one like all others. Continuous time on a schedule that starts without is cut off at `start`. Of discrete data x | x_0, or
 * x | x_1 where x_0 is x, is the same law rounded to their `levels`.
 *
 * The mean over keys is the bound, so that a model trained on it may stand where a bound is asked for, such as for the prior of an
 * auto-encoder.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, eq. 3.10 to 3.12; Ho, Jain and Abbeel,
 * arXiv:2006.11239, eq. 5, 13; Kingma et al., "Variational diffusion models", arXiv:2107.00630, eq. 11, 17.
 *
 * @throws OptionError or DomainError for options that are unknown, outside their domain or do not go together; its loss throws for a
 * start of 0 on a schedule that starts without noise, for a learned variance of a denoiser that learns none, and for options of steps
 * in continuous time or the other way round
 *
 * @example
 * ```ts
 * import { gaussianDenoiser, linearBetas, variational } from '@pushforward/diffusion';
 * import { Key } from '@pushforward/tensors';
 * const denoiser = gaussianDenoiser(linearBetas({ steps: 50 }), [0], [[1]]);
 * const x = Key.from(1).normal([100, 1]);
 * const bound = variational({ terms: 'all' }).loss(denoiser, { x }, Key.from(2)); // above the entropy, 1.42
 * ```
 */
export function variational(options: VariationalOptions = {}): DenoisingObjective {
  const where = 'variational';
  checkOptions(where, options, ['steps', 'variance', 'terms', 'start', 'levels']);
  const { steps, variance, terms, start, levels } = options;
  if (levels !== undefined) checkCount(where, 'levels', levels, 2);
  if (steps !== undefined && steps !== Infinity) checkCount(where, 'steps', steps, 1);
  if (variance !== undefined && !variances.includes(variance))
    throw new OptionError(
      `${where}: variance must be one of ${variances.join(', ')}, got ${variance}.`,
    );
  if (terms !== undefined && !['one', 'all'].includes(terms))
    throw new OptionError(`${where}: terms must be one or all, got ${terms}.`);
  if (start !== undefined && !(start >= 0 && start < 1))
    throw new OptionError(`${where}: start must be in [0, 1), got ${start}.`);
  if (steps !== undefined) checkTime(steps, options);
  return new Variational(options);
}
