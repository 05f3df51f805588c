import {
  type Batch,
  checkAbove,
  checkCount,
  checkOptions,
  detach,
  type Key,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Denoised } from '../denoisers/denoised.js';
import { batchOf, type Denoiser } from '../denoisers/denoiser.js';
import { gridTimes, noised, rowErrors } from './noised.js';
import { DenoisingObjective } from './objective.js';
import { stepBound } from './stepBound.js';

/** Options of {@link hybridLoss}. */
export interface HybridLossOptions {
  /** How much the bound counts, > 0; 0.001 by default. */
  readonly weight?: number;
  /** T: steps of the chain that the bound is of; as many as the schedule has, or else 1000, by default. */
  readonly steps?: number;
}

class HybridLoss extends DenoisingObjective {
  constructor(
    private readonly weight: number,
    private readonly steps: number | undefined,
  ) {
    super();
  }

  protected override estimate(denoiser: Denoiser, batch: Batch, key: Key): Tensor {
    const [forTimes, forNoise] = key.split(2);
    const count = this.steps ?? denoiser.schedule.steps ?? 1000;
    const t = gridTimes(forTimes, batchOf(batch.x, denoiser), count);
    const seen = noised(denoiser, batch, t, forNoise);
    const { noisy, place, form, value, variance } = seen.denoised;
    const denoised = new Denoised(noisy, place, form, detach(value), variance);
    const bound = stepBound({ ...seen, denoised }, { count, variance: 'learned' });
    return tf.add(rowErrors(seen, 'noise'), tf.mul(this.weight * count, bound));
  }
}

/**
 * The simple loss for the mean, and a little of the variational bound for the variance, whose gradient the mean does not get: what
 * denoisers that learn a variance are trained on.
 *
 * Source: Nichol and Dhariwal, "Improved denoising diffusion probabilistic models", arXiv:2102.09672, eq. 16.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain; its loss throws for a denoiser that learns
 * no variance
 */
export function hybridLoss(options: HybridLossOptions = {}): DenoisingObjective {
  checkOptions('hybridLoss', options, ['weight', 'steps']);
  const { weight = 1e-3, steps } = options;
  checkAbove('hybridLoss', 'weight', weight, 0);
  if (steps !== undefined) checkCount('hybridLoss', 'steps', steps, 1);
  return new HybridLoss(weight, steps);
}
