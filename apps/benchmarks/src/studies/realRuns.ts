import type { Channels, TimeSeries } from '@pushforward/datasets';
import { Trajectories } from '@pushforward/hybrid';
import type { Scales } from './scaledNetwork.js';

/** How a run is cut into trajectories. */
export interface Cut {
  /** Instants of a piece, and from the start of one to that of the next. */
  readonly points: number;
  readonly stride: number;
  /** How many of the instants at the start of a piece belong to its past; 1 by default. */
  readonly past?: number;
}

/** Pieces of a run as trajectories from time 0 on, without those in which an instant is missing. */
export function piecesOf(run: TimeSeries, { points, stride, past = 1 }: Cut): Trajectories {
  const { x, context } = run.windows(points, { stride });
  const step = usualStep(run);
  return new Trajectories({
    ...{ times: Array.from({ length: points }, (_, i) => i * step), past, states: x },
    stateShape: [run.outputs.features],
    ...(context && { inputs: context.x }),
  });
}

/** Of each output, or input, of a run. */
export function scalesOf({ x, features }: Channels): Scales {
  return scales(columnsOf(x, features));
}

/** How much the outputs change in a unit of time, about 0. */
export function slopesOf(run: TimeSeries): Scales {
  const step = usualStep(run);
  const columns = columnsOf(run.outputs.x, run.outputs.features);
  const slopes = columns.map((column) =>
    column.slice(1).map((value, i) => (value - column[i]!) / step),
  );
  const { deviation } = scales(slopes);
  return { mean: deviation.map(() => 0), deviation };
}

/** Scales of numbers one behind the other. */
export function beside(...parts: readonly Scales[]): Scales {
  return {
    mean: parts.flatMap(({ mean }) => mean),
    deviation: parts.flatMap(({ deviation }) => deviation),
  };
}

/** The scales of so many numbers that are alike, such as one quantity at several times. */
export function repeated(scales: Scales, count: number): Scales {
  return beside(...Array<Scales>(count).fill(scales));
}

function usualStep({ time, length }: TimeSeries): number {
  const steps = Array.from(time.subarray(1), (t, i) => t - time[i]!).sort((a, b) => a - b);
  return steps[Math.floor((length - 1) / 2)]!;
}

function columnsOf(x: Float32Array, features: number): number[][] {
  return Array.from({ length: features }, (_, column) =>
    Array.from(x.filter((_, i) => i % features === column)),
  );
}

function scales(columns: readonly (readonly number[])[]): Scales {
  const mean = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / column.length);
  const deviation = columns.map((column, i) =>
    Math.sqrt(column.reduce((sum, x) => sum + (x - mean[i]!) ** 2, 0) / column.length),
  );
  return { mean, deviation };
}
