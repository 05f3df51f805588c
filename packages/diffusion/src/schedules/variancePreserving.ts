import { checkAbove, checkOptions, exp, expm1, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Levels, Schedule, type Slopes } from './schedule.js';

/** Options of {@link variancePreserving} and {@link subVariancePreserving}. */
export interface RateOptions {
  /** beta(0) > 0; 0.1 by default. */
  readonly betaMin?: number;
  /** beta(1) >= beta(0); 20 by default. */
  readonly betaMax?: number;
}

/** alpha = e^(-B / 2), with B the integral of a rate beta that grows as a line. */
abstract class LinearRate extends Schedule {
  override readonly startsClean = true;
  constructor(
    private readonly start: number,
    private readonly end: number,
  ) {
    super();
  }

  /** -beta(t), the derivative of log alpha^2. */
  protected rate(t: Tensor): Tensor {
    return tf.neg(tf.add(this.start, tf.mul(this.end - this.start, t)));
  }

  /** log alpha^2. */
  protected logSquare(t: Tensor): Tensor {
    return tf.neg(tf.mul(t, tf.add(this.start, tf.mul((this.end - this.start) / 2, t))));
  }

  override drift(t: Tensor): Tensor {
    return tf.tidy(() => tf.mul(0.5, this.rate(t)));
  }
}

class VariancePreserving extends LinearRate {
  override readonly preservesVariance = true;

  override at(t: Tensor): Levels {
    return tf.tidy(() => {
      const log = this.logSquare(t);
      return { alpha: exp(tf.mul(0.5, log)), sigma: tf.sqrt(tf.neg(expm1(log))) };
    });
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => {
      const [log, rate] = [this.logSquare(t), this.rate(t)];
      return {
        alpha: tf.mul(tf.mul(0.5, rate), exp(tf.mul(0.5, log))),
        variance: tf.neg(tf.mul(rate, exp(log))),
      };
    });
  }

  override diffusion(t: Tensor): Tensor {
    return tf.tidy(() => tf.neg(this.rate(t)));
  }
}

class SubVariancePreserving extends LinearRate {
  override readonly preservesVariance = false;

  override at(t: Tensor): Levels {
    return tf.tidy(() => {
      const log = this.logSquare(t);
      return { alpha: exp(tf.mul(0.5, log)), sigma: tf.neg(expm1(log)) };
    });
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => {
      const [log, rate] = [this.logSquare(t), this.rate(t)];
      return {
        alpha: tf.mul(tf.mul(0.5, rate), exp(tf.mul(0.5, log))),
        variance: tf.mul(tf.mul(2, expm1(log)), tf.mul(rate, exp(log))),
      };
    });
  }

  override diffusion(t: Tensor): Tensor {
    return tf.tidy(() => tf.mul(this.rate(t), expm1(tf.mul(2, this.logSquare(t)))));
  }
}

/**
 * The variance-preserving diffusion of rate beta(t) = betaMin + t (betaMax - betaMin): alpha = exp(-1/2 int beta),
 * sigma^2 = 1 - alpha^2; dx = -beta/2 x dt + sqrt(beta) dw. It is what DDPM becomes with more and more steps.
 *
 * Source: Song et al., "Score-based generative modeling through stochastic differential equations", arXiv:2011.13456, eq. 11, 32.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function variancePreserving(options: RateOptions = {}): Schedule {
  return new VariancePreserving(...rates('variancePreserving', options));
}

/**
 * The sub-variance-preserving diffusion: alpha as in {@link variancePreserving}, sigma = 1 - alpha^2, which is never more than there.
 *
 * Source: Song et al., arXiv:2011.13456, eq. 12.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function subVariancePreserving(options: RateOptions = {}): Schedule {
  return new SubVariancePreserving(...rates('subVariancePreserving', options));
}

function rates(where: string, options: RateOptions): [start: number, end: number] {
  checkOptions(where, options, ['betaMin', 'betaMax']);
  const { betaMin = 0.1, betaMax = 20 } = options;
  checkAbove(where, 'betaMin', betaMin, 0);
  checkAbove(where, 'betaMax', betaMax, 0);
  return [betaMin, betaMax];
}
