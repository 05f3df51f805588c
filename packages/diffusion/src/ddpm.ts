import { TimedMLP, type TimedMLPOptions } from '@pushforward/nn';
import type { Key } from '@pushforward/tensors';
import { type NetworkDenoiserOptions, networkDenoiser } from './denoisers/networkDenoiser.js';
import { DiffusionModel, type DiffusionParts } from './diffusionModel.js';
import { linearBetas } from './schedules/betas.js';
import type { Schedule } from './schedules/schedule.js';

/** Options of {@link ddpm}: those of a perceptron of vectors, and these. */
export interface DdpmOptions extends Omit<TimedMLPOptions, 'outputs'> {
  /** How noise comes in; {@link linearBetas} of 100 steps by default. */
  readonly schedule?: Schedule;
  /** What the network's numbers are, and what it reads; options of {@link networkDenoiser}. */
  readonly denoiser?: NetworkDenoiserOptions;
  /**
   * Whether the network tells a variance of x as well; false by default. Train it with {@link hybridLoss}, or `variational` of the variance
   * `'learned'`, and draw by `ancestral` of the same.
   */
  readonly learnVariance?: boolean;
  /** Objective, sampling and dropout of contexts; options of {@link DiffusionModel}. */
  readonly model?: Omit<DiffusionParts, 'denoiser'>;
}

/**
 * A diffusion model of vectors of the usual kind: a perceptron that reads x_t and t and tells the noise.
 *
 * For images, or other networks, put together `networkDenoiser` and {@link DiffusionModel} yourself.
 *
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or do not go together
 *
 * @example
 * ```ts
 * import { ddpm, linearBetas } from '@pushforward/diffusion';
 * import { Key } from '@pushforward/tensors';
 * const schedule = linearBetas({ steps: 20 });
 * const model = ddpm(Key.from(1), { features: 2, hidden: [32, 32], schedule });
 * const loss = model.loss({ x: Key.from(2).normal([100, 2]) }, Key.from(3));
 * const x = model.sample(Key.from(4), [10]); // [10, 2]
 * ```
 */
export function ddpm(key: Key, options: DdpmOptions): DiffusionModel {
  const { schedule, denoiser, learnVariance = false, model, ...network } = options;
  const outputs = (learnVariance ? 2 : 1) * network.features;
  return new DiffusionModel({
    ...model,
    denoiser: networkDenoiser(
      new TimedMLP(key, { ...network, outputs }),
      schedule ?? linearBetas({ steps: 100 }),
      denoiser,
    ),
  });
}
