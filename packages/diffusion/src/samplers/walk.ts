import { checkOptions, type Key, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';
import type { Schedule } from '../schedules/schedule.js';
import { ancestral } from './reverseKernel.js';
import type { Moment, Sampler, Step } from './sampler.js';
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

/** Everything that is known of a way before it is walked. */
export interface Plan {
  /** For every step time, alpha and sigma where it begins, the same where it ends, and C numbers of the sampler: `[6 + C]`. */
  readonly steps: readonly Tensor[];
  /** The last time above 0 and the levels there, `[3]`. */
  readonly last: Tensor;
}

export function planOf({ sampler, times }: Way, schedule: Schedule): Plan {
  return tf.tidy(() => {
    const time = tf.tensor1d([...times]);
    const { alpha, sigma } = schedule.at(time);
    const moments = tf.stack([time, alpha, sigma], 1);
    const count = times.length - 1;
    const last = tf.reshape(tf.slice(moments, count, 1), [3]);
    if (count === 0) return { steps: [], last };
    const part = (first: number) => ({
      alpha: tf.slice(alpha, first, count),
      sigma: tf.slice(sigma, first, count),
    });
    const numbers = tf.stack([...sampler.plan({ from: part(0), to: part(1) })], 1);
    const ends = [0, 1].map((first) => tf.slice(moments, first, count));
    return { steps: tf.unstack(tf.concat([...ends, numbers], 1)), last };
  });
}

/** A time and its levels, from three numbers. */
export function momentOf([time, alpha, sigma]: readonly Tensor[]): Moment {
  return { time: time!, alpha: alpha!, sigma: sigma! };
}

/** How a denoiser is asked on the way. */
export function asking(denoiser: Denoiser, context: Tensor | undefined): Step['denoise'] {
  return (x, { time, ...levels }) => denoiser.posterior(x, time, context, levels);
}

/**
 * x and what goes with it, one step further.
 *
 * @param numbers a row of a plan
 */
export function advance(
  sampler: Sampler,
  [x, ...memory]: readonly Tensor[],
  numbers: Tensor,
  denoise: Step['denoise'],
  key: Key,
): Tensor[] {
  return tf.tidy(() => {
    const row = tf.unstack(numbers);
    const [t, s] = [momentOf(row), momentOf(row.slice(3))];
    return [...sampler.step({ x: x!, memory, t, s, numbers: row.slice(6), denoise, key })];
  });
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
    const denoise = asking(denoiser, context);
    const { steps, last } = planOf(way, denoiser.schedule);
    let state = startOf(way.sampler, x);
    for (const [k, numbers] of steps.entries()) {
      const before = state;
      state = advance(way.sampler, before, numbers, denoise, key.foldIn(k));
      // The first x is not ours.
      if (k > 0) tf.dispose(before.filter((tensor) => !state.includes(tensor)));
    }
    const end = state[0]!;
    return way.endsAtData ? denoise(end, momentOf(tf.unstack(last))).mean : tf.clone(end);
  });
}
