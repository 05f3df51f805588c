import { checkOptions, type Key, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoised } from '../denoisers/denoised.js';
import type { Denoiser } from '../denoisers/denoiser.js';
import type { Schedule } from '../schedules/schedule.js';
import { ancestral } from './reverseKernel.js';
import type { Sampler, Step } from './sampler.js';
import { checkGrid, timeGrid } from './timeGrid.js';

/** How to go from noise to data. */
export interface WalkOptions {
  /** `ancestral()` by default. */
  readonly sampler?: Sampler;
  /** Steps between times that are evenly spaced; those that the schedule is made of by default, or 100. */
  readonly steps?: number;
  /** Instead: two or more decreasing times, as `timeGrid` makes them. Where the last is 0, the walk ends at the data. */
  readonly grid?: readonly number[];
}

export const walkOptions = ['sampler', 'steps', 'grid'] as const;

/** A sampler, and the times it leads along. */
export interface Way {
  readonly sampler: Sampler;
  /** Those above 0. */
  readonly times: readonly number[];
  /** Whether the data come after them. */
  readonly endsAtData: boolean;
}

/** @throws OptionError or DomainError for options that do not go together, or a grid that does not decrease */
export function wayOf(where: string, schedule: Schedule, options: WalkOptions): Way {
  const { sampler = ancestral(), steps, grid } = options;
  if (steps !== undefined && grid !== undefined)
    throw new OptionError(`${where}: give steps or a grid, not both.`);
  const all = checkGrid(grid ?? timeGrid(schedule, steps === undefined ? {} : { steps }));
  const endsAtData = all.at(-1) === 0;
  return { sampler, times: endsAtData ? all.slice(0, -1) : all, endsAtData };
}

/** What a step takes from the grid, each tensor of shape `[]`. */
export type StepNumbers = Pick<Step, 't' | 's' | 'numbers'>;

/** The numbers of all steps between the times of a way. */
export function stepsOf({ sampler, times }: Way, schedule: Schedule): StepNumbers[] {
  const count = times.length - 1;
  if (count === 0) return [];
  return tf.tidy(() => {
    const all = tf.tensor1d([...times]);
    const { alpha, sigma } = schedule.at(all);
    const begins = (x: Tensor) => tf.slice(x, 0, count);
    const ends = (x: Tensor) => tf.slice(x, 1, count);
    const plan = sampler.plan({
      from: { alpha: begins(alpha), sigma: begins(sigma) },
      to: { alpha: ends(alpha), sigma: ends(sigma) },
    });
    const [ts, ss, ...numbers] = [begins(all), ends(all), ...plan].map((x) => tf.unstack(x));
    return ts!.map((t, k) => ({ t, s: ss![k]!, numbers: numbers.map((each) => each[k]!) }));
  });
}

/** x and what goes with it, one step further. */
export function advance(
  sampler: Sampler,
  [x, ...memory]: readonly Tensor[],
  numbers: StepNumbers,
  denoise: (x: Tensor, time: Tensor) => Denoised,
  key: Key,
): Tensor[] {
  return tf.tidy(() => [...sampler.step({ x: x!, memory, ...numbers, denoise, key })]);
}

/** x, and nothing to remember yet. */
export function startOf({ memory }: Sampler, x: Tensor): Tensor[] {
  return [x, ...Array.from({ length: memory }, () => tf.zerosLike(x))];
}

/**
 * x at the end of a grid of times, from x at its beginning: noise becomes data.
 *
 * The denoiser is asked at every time of the grid but the last, by most samplers once. Where the grid ends at 0, its mean at
 * the time before is the end: no noise is added to data.
 *
 * @param x at the first time of the grid, shape `[...batch, ...event]`; at time 1 it is noise
 * @param context shape `[...batch, contextSize]`
 * @returns shape of x
 * @throws OptionError or DomainError for options that are unknown or do not go together, or a grid that does not decrease
 *
 * @example
 * ```ts
 * import { ddim, type Denoiser, walk } from '@pushforward/diffusion';
 * import { Key, type Tensor } from '@pushforward/tensors';
 *
 * // Back to data from x as noisy as it is at t = 1/2.
 * function redrawn(denoiser: Denoiser, noisy: Tensor): Tensor {
 *   return walk(Key.from(0), denoiser, noisy, { sampler: ddim(), grid: [0.5, 0.4, 0.3, 0.2, 0.1, 0] });
 * }
 * ```
 */
export function walk(
  key: Key,
  denoiser: Denoiser,
  x: Tensor,
  options: WalkOptions = {},
  context?: Tensor,
): Tensor {
  checkOptions('walk', options, [...walkOptions]);
  const way = wayOf('walk', denoiser.schedule, options);
  return tf.tidy(() => {
    const denoise = (x: Tensor, time: Tensor) => denoiser.posterior(x, time, context);
    let state = startOf(way.sampler, x);
    for (const [k, numbers] of stepsOf(way, denoiser.schedule).entries()) {
      const before = state;
      state = advance(way.sampler, before, numbers, denoise, key.foldIn(k));
      // The first x is not ours.
      if (k > 0) tf.dispose(before.filter((tensor) => !state.includes(tensor)));
    }
    const last = tf.scalar(way.times.at(-1)!);
    return way.endsAtData ? denoise(state[0]!, last).mean : tf.clone(state[0]!);
  });
}
