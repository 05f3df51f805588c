import {
  type Batch,
  checkAbove,
  checkOptions,
  type Key,
  OptionError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Prediction } from '../denoisers/denoised.js';
import { batchOf, type Denoiser } from '../denoisers/denoiser.js';
import type { Schedule } from '../schedules/schedule.js';
import { firstTime, gridTimes, noised, rowErrors, times } from './noised.js';
import { DenoisingObjective } from './objective.js';
import { signalLoss } from './terms.js';

/** How much the error at a time counts: times of any shape -> weights of that shape. */
export type Weight = (schedule: Schedule, t: Tensor) => Tensor;

/** E[w(t) |what is predicted - what was true|^2], t uniform on the steps of the schedule, or on (start, 1]. */
class Denoising extends DenoisingObjective {
  constructor(
    private readonly form: Prediction,
    private readonly weight?: Weight,
    private readonly start: (schedule: Schedule) => number = () => 0,
  ) {
    super();
  }

  protected override estimate(denoiser: Denoiser, batch: Batch, key: Key): Tensor {
    const [forTimes, forNoise] = key.split(2);
    const { schedule } = denoiser;
    const rows = batchOf(batch.x, denoiser);
    const t =
      schedule.steps === undefined
        ? times(forTimes, rows, this.start(schedule))
        : gridTimes(forTimes, rows, schedule.steps);
    const errors = rowErrors(noised(denoiser, batch, t, forNoise), this.form);
    return this.weight ? tf.mul(this.weight(schedule, t), errors) : errors;
  }
}

/** Options of {@link simple}. */
export interface SimpleOptions {
  /** w(t); 1 by default. {@link minSnr} and {@link p2} are others. */
  readonly weight?: Weight;
}

/**
 * The simple loss of DDPM, E[w(t) |eps - E[eps | x_t]|^2] with w = 1: no bound, but samples are good. t is uniform on the steps of
 * the schedule, or on (0, 1] where it has none.
 *
 * Source: Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", arXiv:2006.11239, eq. 14.
 *
 * @throws OptionError for options that are unknown
 *
 * @example
 * ```ts
 * import { minSnr, simple } from '@pushforward/diffusion';
 * const objective = simple({ weight: minSnr(5) });
 * ```
 */
export function simple(options: SimpleOptions = {}): DenoisingObjective {
  checkOptions('simple', options, ['weight']);
  return new Denoising('noise', options.weight);
}

/**
 * w = min(SNR, gamma) / SNR: the error of x, in place of that of the noise, counts where there is little noise.
 *
 * Source: Hang et al., "Efficient diffusion training via min-SNR weighting strategy", arXiv:2303.09556, eq. 8.
 *
 * @param gamma > 0
 */
export function minSnr(gamma = 5): Weight {
  checkAbove('minSnr', 'gamma', gamma, 0);
  return (schedule, t) =>
    tf.tidy(() => {
      const { alpha, sigma } = schedule.at(t);
      return tf.minimum(tf.mul(gamma, tf.square(tf.div(sigma, alpha))), 1);
    });
}

/** Options of {@link p2}. */
export interface P2Options {
  /** k > 0, which keeps weights finite; 1 by default. */
  readonly k?: number;
  /** gamma >= 0, how much small noise is weighed down; 1 by default. */
  readonly gamma?: number;
}

/**
 * w = 1 / (k + SNR)^gamma: little noise, at which only details are learned, counts less.
 *
 * Source: Choi et al., "Perception prioritized training of diffusion models", arXiv:2204.00227, eq. 8.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function p2(options: P2Options = {}): Weight {
  checkOptions('p2', options, ['k', 'gamma']);
  const { k = 1, gamma = 1 } = options;
  checkAbove('p2', 'k', k, 0);
  if (gamma !== 0) checkAbove('p2', 'gamma', gamma, 0);
  return (schedule, t) =>
    tf.tidy(() => {
      const { alpha, sigma } = schedule.at(t);
      const noise = tf.square(sigma);
      return tf.pow(tf.div(noise, tf.add(tf.mul(k, noise), tf.square(alpha))), gamma);
    });
}

/** Options of {@link denoisingScoreMatching}. */
export interface ScoreMatchingOptions {
  /**
   * w(t): `'variance'`, sigma^2, for errors that are alike at all times, or `'likelihood'`, g^2 / 2, which makes it the variational
   * bound of continuous time but for terms without weights, and leaves out t < 0.001 where that does. The first by default.
   */
  readonly weight?: 'variance' | 'likelihood';
}

/**
 * Denoising score matching, E[w(t) |score + eps / sigma|^2]: its minimum is the gradient of log p(x_t).
 *
 * Source: Vincent, "A connection between score matching and denoising autoencoders", 2011; Song et al., arXiv:2011.13456, eq. 7; for
 * the weights of the likelihood Song, Durkan, Murray and Ermon, arXiv:2101.09258, theorem 1.
 *
 * @throws OptionError for options that are unknown
 */
export function denoisingScoreMatching(options: ScoreMatchingOptions = {}): DenoisingObjective {
  const where = 'denoisingScoreMatching';
  checkOptions(where, options, ['weight']);
  const { weight = 'variance' } = options;
  if (!Object.hasOwn(scoreMatchings, weight))
    throw new OptionError(
      `${where}: weight must be one of ${Object.keys(scoreMatchings).join(', ')}, got ${weight}.`,
    );
  return scoreMatchings[weight]();
}

/** The score's error times the weight, in forms that are finite where there is no noise, or nothing of x. */
const scoreMatchings = {
  // sigma^2 |score + eps / sigma|^2 = |eps - E[eps | x_t]|^2
  variance: () => new Denoising('noise'),
  // g^2 / 2 |score + eps / sigma|^2 = -1/2 SNR' |x - E[x | x_t]|^2
  likelihood: () => new Denoising('data', signalLoss, firstTime),
};

/**
 * Flow matching, E|E[dx_t/dt | x_t] - dx_t/dt|^2: the field that carries noise to data. With {@link rectifiedFlow} and a network that
 * predicts `'flow'` it is the loss of rectified flows, |F - (eps - x)|^2.
 *
 * Source: Lipman et al., "Flow matching for generative modeling", arXiv:2210.02747, eq. 14; Liu, Gong and Liu, arXiv:2209.03003, eq. 1.
 */
export function flowMatching(): DenoisingObjective {
  return new Denoising('flow');
}
