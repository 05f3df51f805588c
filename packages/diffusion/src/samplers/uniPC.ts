import { checkOptions, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { exponentialWeights } from './exponentialWeights.js';
import { affine, type Pairs, Sampler, type Step } from './sampler.js';
import { halfLogSnrGain } from './signalRatio.js';

/** Options of {@link uniPC}. */
export interface UniPCOptions {
  /** Of the predictor, 1, 2 or 3; the corrector's is one more. 2 by default. */
  readonly order?: 1 | 2 | 3;
}

/**
 * UniPC: a predictor through the means of the last steps, and a corrector that repeats the step when the mean at its end is known. That
 * mean is the one that the next step begins with, so that the denoiser is asked once for each step.
 *
 * Both integrate exactly, against e^u in u, half the log-SNR, the polynomial through their means; all conditions of equation 5 of
 * the source are met, and its factor B(h) cancels.
 *
 * Source: Zhao et al., "UniPC: a unified predictor-corrector framework for fast sampling of diffusion models", arXiv:2302.04867.
 *
 * @throws OptionError for options that are unknown, or another order
 *
 * @example
 * ```ts
 * import { uniPC } from '@pushforward/diffusion';
 * const sampler = uniPC({ order: 3 });
 * ```
 */
export function uniPC(options: UniPCOptions = {}): Sampler {
  checkOptions('uniPC', options, ['order']);
  const { order = 2 } = options;
  if (![1, 2, 3].includes(order))
    throw new OptionError(`uniPC: order must be 1, 2 or 3, got ${String(order)}.`);
  return new UniPC(order);
}

class UniPC extends Sampler {
  override readonly isRandom = false;
  /** x before the last step, as it was corrected, and the means of the last steps. */
  override readonly memory: number;

  constructor(private readonly order: number) {
    super();
    this.memory = 1 + order;
  }

  /**
   * First the numbers of the corrector of the step before: of x as it was predicted, of x before that step, and of the means at
   * its end, its start and before. Then those of the predictor: of x, and of the means at the start and before.
   */
  override plan(pairs: Pairs): readonly Tensor[] {
    const shrinking = tf.div(pairs.to.sigma, pairs.from.sigma);
    const gains = halfLogSnrGain(pairs);
    const steps = gains.shape[0];
    const corrector = [
      shrinking,
      ...exponentialWeights(gains, this.order, 'corrector').map((w) => tf.mul(pairs.to.alpha, w)),
    ];
    const predictor = exponentialWeights(gains, this.order, 'predictor');
    const isFirst = tf.concat([tf.ones([1]), tf.zeros([steps - 1])]);
    return [
      isFirst,
      ...corrector.map((numbers) => tf.concat([tf.zeros([1]), tf.slice(numbers, 0, steps - 1)])),
      shrinking,
      ...predictor.map((w) => tf.mul(pairs.to.alpha, w)),
    ];
  }

  override step({ x, memory, t, numbers, denoise }: Step): readonly Tensor[] {
    const { mean } = denoise(x, t);
    const [before, ...means] = memory as [Tensor, ...Tensor[]];
    const corrector = numbers.slice(0, this.order + 3);
    const corrected = affine(corrector, [x, before, mean, ...means]);
    const known = [mean, ...means.slice(0, -1)];
    const next = affine(numbers.slice(this.order + 3), [corrected, ...known]);
    return [next, corrected, ...known];
  }
}
