import { checkOptions, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { bridge } from '../schedules/bridge.js';
import { affine, type Pairs, Sampler, type Step } from './sampler.js';

const variances = ['posterior', 'beta', 'learned'] as const;

/** How much noise the steps of {@link ancestral} add. */
export type AncestralVariance = (typeof variances)[number];

/** Options of {@link ancestral}. */
export interface AncestralOptions {
  /**
   * `beta`: the variance of q(x_t | x_s), which is right for data of unit variance; `posterior`: that of q(x_s | x_t, x), which is
   * smaller, and right for data that are one point; `learned`: the second and what the denoiser's own variance of x adds to it.
   * Default `beta`, as of the bound that `variational` trains by.
   */
  readonly variance?: AncestralVariance;
}

/** Options of {@link ddim}. */
export interface DdimOptions {
  /** From 0, which adds no noise, to 1, which adds as much as `ancestral` of the variance `posterior`; 0 by default. */
  readonly eta?: number;
}

/**
 * The steps of DDPM: x_s is drawn about the mean of q(x_s | x_t, x) with the denoiser's mean for x.
 *
 * Draws of the smaller variance are too close to one another, the more so the fewer the steps: of normal data of deviation 0.3,
 * 100 steps of linear betas have 0.91 of the deviation, and 20 steps 0.72; those of beta have 1.03 and 1.07. A few steps of beta leave
 * more draws between the parts of a law.
 *
 * It asks for levels at both ends and nothing else, and so takes steps of any length on any schedule.
 *
 * Source: Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", arXiv:2006.11239, algorithm 2; for the learned variance
 * Bao et al., "Analytic-DPM", arXiv:2201.06503, equation 5.
 *
 * @throws OptionError for options that are unknown
 *
 * @example
 * ```ts
 * import { ancestral } from '@pushforward/diffusion';
 * const sampler = ancestral({ variance: 'posterior' });
 * ```
 */
export function ancestral(options: AncestralOptions = {}): Sampler {
  checkOptions('ancestral', options, ['variance']);
  const { variance = 'beta' } = options;
  if (!variances.includes(variance))
    throw new OptionError(
      `ancestral: variance must be one of ${variances.join(', ')}, got ${variance}.`,
    );
  return variance === 'learned' ? new LearnedKernel() : new ReverseKernel(1, variance);
}

/**
 * The steps of DDIM, which keep the noise that the denoiser sees in x_t but for a share that is drawn anew:
 *
 * x_s = alpha_s mean + sqrt(sigma_s^2 - std^2) (x_t - alpha_t mean) / sigma_t + std noise, std^2 = eta^2 Var q(x_s | x_t, x).
 *
 * Source: Song, Meng and Ermon, "Denoising diffusion implicit models", arXiv:2010.02502, equations 12 and 16.
 *
 * @throws OptionError for options that are unknown, or an eta outside [0, 1]
 *
 * @example
 * ```ts
 * import { ddim } from '@pushforward/diffusion';
 * const sampler = ddim({ eta: 0.5 });
 * ```
 */
export function ddim(options: DdimOptions = {}): Sampler {
  checkOptions('ddim', options, ['eta']);
  const { eta = 0 } = options;
  if (!(eta >= 0 && eta <= 1)) throw new OptionError(`ddim: eta must be in [0, 1], got ${eta}.`);
  return new ReverseKernel(eta, 'posterior');
}

/**
 * Euler's method for the probability-flow equation d(x / alpha) = noise d(sigma / alpha), of order 1; its steps are those of
 * `ddim` with eta = 0.
 *
 * Source: Karras, Aittala, Aila and Laine, "Elucidating the design space of diffusion-based generative models",
 * arXiv:2206.00364, section 3.
 */
export function euler(): Sampler {
  return ddim();
}

class ReverseKernel extends Sampler {
  override readonly isRandom: boolean;

  constructor(
    private readonly eta: number,
    private readonly variance: 'posterior' | 'beta',
  ) {
    super();
    this.isRandom = eta > 0;
  }

  override plan({ from, to }: Pairs): readonly Tensor[] {
    const { variance, forwardVariance } = bridge(to, from);
    const drawn = tf.mul(this.eta ** 2, variance);
    const ofX = tf.div(tf.sqrt(tf.sub(tf.square(to.sigma), drawn)), from.sigma);
    const ofMean = tf.sub(to.alpha, tf.mul(ofX, from.alpha));
    if (!this.isRandom) return [ofX, ofMean];
    return [ofX, ofMean, tf.sqrt(this.variance === 'beta' ? forwardVariance : drawn)];
  }

  override step({ x, t, numbers, denoise, key }: Step): readonly Tensor[] {
    const terms = [x, denoise(x, t).mean];
    return [affine(numbers, this.isRandom ? [...terms, key.normal(x.shape)] : terms)];
  }
}

class LearnedKernel extends Sampler {
  override readonly isRandom = true;

  override plan({ from, to }: Pairs): readonly Tensor[] {
    const { noisy, data, variance } = bridge(to, from);
    return [noisy, data, variance];
  }

  /** @throws OptionError where the denoiser knows no variance */
  override step({ x, t, numbers, denoise, key }: Step): readonly Tensor[] {
    const [noisy, data, own] = numbers as [Tensor, Tensor, Tensor];
    const { mean, variance } = denoise(x, t);
    if (variance === undefined)
      throw new OptionError(
        "ancestral: the variance 'learned' needs a denoiser that learns one, and this one tells the mean of x alone.",
      );
    const deviation = tf.sqrt(tf.add(own, tf.mul(tf.square(data), variance)));
    return [tf.add(affine([noisy, data], [x, mean]), tf.mul(deviation, key.normal(x.shape)))];
  }
}
