import {
  checkAbove,
  checkCount,
  checkOptions,
  DomainError,
  OptionError,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Schedule } from '../schedules/schedule.js';

/** Options of {@link timeGrid}. */
export interface TimeGridOptions {
  /** K, the times at which the denoiser is asked; those that the schedule is made of by default, or 100. */
  readonly steps?: number;
  /**
   * What is spaced evenly: `time`; `logSnr`, log alpha^2 / sigma^2; or `karras`, (sigma / alpha)^(1 / 7), with more steps where there
   * is little noise. Default `time`.
   */
  readonly spacing?: 'time' | 'logSnr' | 'karras';
  /** The first time, in (0, 1]; 1 by default. */
  readonly start?: number;
  /** For spacings other than `time`: the last time above 0; 1 / T by default, for a schedule of T steps, or 0.001. */
  readonly end?: number;
}

/** Source: Karras et al., arXiv:2206.00364, equation 5. */
const RHO = 7;

/** Halvings of an interval of times: what is left is the rounding of float32. */
const HALVINGS = 30;

/**
 * K + 1 decreasing times, the last of them 0, where the data are.
 *
 * Evenly spaced times of a schedule of T steps are multiples of 1 / T, those that a model of T steps has seen. Other spacings go between
 * them, which a network that has learned some twenty steps or fewer draws worse by.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain, more steps than the schedule has, or
 * a start without signal where the spacing needs some
 *
 * @example
 * ```ts
 * import { linearBetas, timeGrid } from '@pushforward/diffusion';
 * timeGrid(linearBetas({ steps: 100 }), { steps: 4 }); // [1, 0.75, 0.5, 0.25, 0]
 * ```
 */
export function timeGrid(schedule: Schedule, options: TimeGridOptions = {}): number[] {
  const where = 'timeGrid';
  checkOptions(where, options, ['steps', 'spacing', 'start', 'end']);
  const { steps = schedule.steps ?? 100, spacing = 'time', start = 1, end } = options;
  checkCount(where, 'steps', steps, 1);
  checkAbove(where, 'start', start, 0);
  switch (spacing) {
    case 'time':
      if (end !== undefined)
        throw new OptionError(
          `${where}: end is for the spacings 'logSnr' and 'karras'; evenly spaced times end at 0.`,
        );
      return checkGrid(evenTimes(steps, start, schedule.steps));
    case 'logSnr':
    case 'karras': {
      const last = end ?? 1 / (schedule.steps ?? 1000);
      checkAbove(where, 'end', last, 0);
      if (schedule.endsInNoise && start === 1)
        throw new OptionError(
          `${where}: the spacing '${spacing}' needs some signal at the start, and this schedule has none at 1. Start earlier.`,
        );
      return checkGrid([...timesOf(schedule, steps, start, last, spacing), 0]);
    }
    default:
      throw new OptionError(
        `${where}: spacing must be 'time', 'logSnr' or 'karras', got '${String(spacing)}'.`,
      );
  }
}

/** @throws DomainError unless these are two or more times in [0, 1], each below the one before */
export function checkGrid(grid: readonly number[]): number[] {
  const inOrder = grid.every((t, i) => t >= 0 && t <= 1 && (i === 0 || t < grid[i - 1]!));
  if (grid.length < 2 || !inOrder)
    throw new DomainError(
      `a grid has two or more times in [0, 1], each below the one before, got [${grid.join(', ')}].`,
    );
  return [...grid];
}

function evenTimes(steps: number, start: number, unit: number | undefined): number[] {
  const most = unit === undefined ? Infinity : Math.round(start * unit);
  if (steps > most)
    throw new DomainError(
      `timeGrid: this schedule has ${most} steps to take from ${start}, got ${steps}.`,
    );
  return Array.from({ length: steps + 1 }, (_, k) => {
    const t = start * (1 - k / steps);
    return unit === undefined ? t : Math.round(t * unit) / unit;
  });
}

/** From `start` to `end`, evenly spaced in what is wanted. */
function timesOf(
  schedule: Schedule,
  steps: number,
  start: number,
  end: number,
  spacing: 'logSnr' | 'karras',
): number[] {
  const read = (times: readonly number[]) =>
    tf.tidy(() => [...schedule.logSnr(tf.tensor1d([...times])).dataSync()]);
  const [least, most] = read([start, end]) as [number, number];
  // (sigma / alpha)^(1 / rho) = e^(-logSnr / (2 rho))
  const spaced = (share: number) =>
    spacing === 'logSnr'
      ? least + share * (most - least)
      : -2 * RHO * Math.log((1 - share) * root(least) + share * root(most));
  const inner = Array.from({ length: Math.max(steps - 2, 0) }, (_, k) =>
    spaced((k + 1) / (steps - 1)),
  );
  return [start, ...whereLogSnr(read, inner, [end, start]), ...(steps > 1 ? [end] : [])];
}

const root = (logSnr: number) => Math.exp(-logSnr / (2 * RHO));

/** The times at which a schedule has these log-SNRs, by bisection. */
function whereLogSnr(
  read: (times: readonly number[]) => number[],
  targets: readonly number[],
  [low, high]: readonly [number, number],
): number[] {
  let lows = targets.map(() => low);
  let highs = targets.map(() => high);
  for (let i = 0; i < HALVINGS && targets.length > 0; i++) {
    const middles = lows.map((low, k) => (low + highs[k]!) / 2);
    const isLater = read(middles).map((logSnr, k) => logSnr < targets[k]!);
    lows = lows.map((low, k) => (isLater[k] ? low : middles[k]!));
    highs = highs.map((high, k) => (isLater[k] ? middles[k]! : high));
  }
  return highs;
}
