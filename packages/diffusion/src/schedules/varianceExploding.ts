import { checkAbove, checkOptions, DomainError, exp, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Levels, Schedule, type Slopes } from './schedule.js';

/** Options of {@link varianceExploding}. */
export interface VarianceExplodingOptions {
  /** sigma(0) > 0; 0.01 by default. */
  readonly sigmaMin?: number;
  /** sigma(1) > sigma(0); 50 by default. */
  readonly sigmaMax?: number;
}

class VarianceExploding extends Schedule {
  override readonly preservesVariance = false;
  private readonly rate: number;

  constructor(
    private readonly start: number,
    end: number,
  ) {
    super();
    this.rate = Math.log(end / start);
  }

  override at(t: Tensor): Levels {
    return tf.tidy(() => ({
      alpha: tf.onesLike(t),
      sigma: tf.mul(this.start, exp(tf.mul(this.rate, t))),
    }));
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => ({
      alpha: tf.zerosLike(t),
      variance: tf.mul(2 * this.rate, tf.square(this.at(t).sigma)),
    }));
  }
}

/**
 * The variance-exploding diffusion: alpha = 1, sigma = sigmaMin (sigmaMax / sigmaMin)^t. Data of some unit variance are meant.
 *
 * Source: Song et al., "Score-based generative modeling through stochastic differential equations", arXiv:2011.13456, eq. 30.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function varianceExploding(options: VarianceExplodingOptions = {}): Schedule {
  const where = 'varianceExploding';
  checkOptions(where, options, ['sigmaMin', 'sigmaMax']);
  const { sigmaMin = 0.01, sigmaMax = 50 } = options;
  checkAbove(where, 'sigmaMin', sigmaMin, 0);
  checkAbove(where, 'sigmaMax', sigmaMax, 0);
  if (sigmaMax <= sigmaMin)
    throw new DomainError(
      `${where}: sigmaMax > sigmaMin is required, got ${sigmaMax} and ${sigmaMin}.`,
    );
  return new VarianceExploding(sigmaMin, sigmaMax);
}
