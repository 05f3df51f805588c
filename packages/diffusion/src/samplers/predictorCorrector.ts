import {
  checkAbove,
  checkCount,
  checkOptions,
  type Key,
  OptionError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { ancestral } from './reverseKernel.js';
import { type Pairs, Sampler, type Step } from './sampler.js';

/** Options of {@link predictorCorrector}. */
export interface PredictorCorrectorOptions {
  /** Steps from time to time, such as those of `ancestral`, the default, `ddim` or `heun`; none that remember steps before. */
  readonly predictor?: Sampler;
  /** Langevin steps at each time; 1 by default. */
  readonly corrections?: number;
  /** How long the Langevin steps are: the size of the score over that of the noise they add; 0.16 by default. */
  readonly snr?: number;
}

/**
 * Steps of a predictor, each followed by steps of Langevin's dynamics that leave the law at the new time as it should be:
 *
 * x <- x + e score(x) + sqrt(2 e) z, e = 2 (snr |z| / |score|)^2, with norms of the whole batch: one length for all rows.
 *
 * It asks the denoiser once for each correction beside what the predictor asks.
 *
 * Source: Song et al., "Score-based generative modeling through stochastic differential equations", arXiv:2011.13456,
 * algorithms 1 and 4.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain, or a predictor of several steps
 *
 * @example
 * ```ts
 * import { euler, predictorCorrector } from '@pushforward/diffusion';
 * const sampler = predictorCorrector({ predictor: euler(), corrections: 2, snr: 0.1 });
 * ```
 */
export function predictorCorrector(options: PredictorCorrectorOptions = {}): Sampler {
  const where = 'predictorCorrector';
  checkOptions(where, options, ['predictor', 'corrections', 'snr']);
  const { predictor = ancestral(), corrections = 1, snr = 0.16 } = options;
  checkCount(where, 'corrections', corrections, 1);
  checkAbove(where, 'snr', snr, 0);
  if (predictor.memory > 0)
    throw new OptionError(
      `${where}: the predictor must go from x alone, for what others remember is of before the corrections; ` +
        'take ancestral, ddim, euler or heun.',
    );
  return new PredictorCorrector(predictor, corrections, snr);
}

class PredictorCorrector extends Sampler {
  override readonly isRandom = true;

  constructor(
    private readonly predictor: Sampler,
    private readonly corrections: number,
    private readonly snr: number,
  ) {
    super();
  }

  override plan(pairs: Pairs): readonly Tensor[] {
    return this.predictor.plan(pairs);
  }

  override step(step: Step): readonly Tensor[] {
    const [forPredictor, ...keys] = step.key.split(1 + this.corrections);
    const [start] = this.predictor.step({ ...step, key: forPredictor! });
    let x = start!;
    for (const key of keys) x = this.corrected(x, step.denoise(x, step.s).score, key);
    return [x];
  }

  private corrected(x: Tensor, score: Tensor, key: Key): Tensor {
    const noise = key.normal(x.shape);
    const share = tf.mul(this.snr, tf.div(tf.norm(noise), tf.norm(score)));
    const length = tf.mul(2, tf.square(share));
    return tf.add(tf.add(x, tf.mul(length, score)), tf.mul(tf.sqrt(tf.mul(2, length)), noise));
  }
}
