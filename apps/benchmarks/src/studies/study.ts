import type { FlowSpec } from '@pushforward/flows';
import type { Curve } from '../charts/curves.js';
import type { Rows } from '../charts/pairs.js';

/** log p of every test row under each model, in nats. */
export interface Scores {
  readonly flow: readonly number[];
  readonly kernel: readonly number[];
  readonly gaussian: readonly number[];
}

/** A flow trained on one data set and held against the baselines on rows that none of them has seen. */
export interface Study {
  /** Of the data set. */
  readonly name: string;
  /** Where the data come from. */
  readonly source: string;
  /** In which space densities are measured, and how the data were cut. */
  readonly space: string;
  readonly cut: string;
  readonly spec: FlowSpec;
  /** Numbers that training adjusts. */
  readonly parameters: number;
  readonly scores: Scores;
  readonly curves: readonly Curve[];
  /** The latents of the test rows, `[N][D]`. */
  readonly latents: Rows;
  /** Test rows and as many samples, in the units of the data. */
  readonly data: Rows;
  readonly samples: Rows;
  /** Best width of the kernels, one for each cut of the data. */
  readonly bandwidths: readonly number[];
  readonly seconds: number;
}

/** How many numbers training adjusts. */
export function parameterCount(module: { parameters(): { size: number }[] }): number {
  return module.parameters().reduce((sum, { size }) => sum + size, 0);
}

/** Numbers in rows of `features`. */
export function toRows(x: ArrayLike<number>, features: number): Rows {
  return Array.from({ length: x.length / features }, (_, i) =>
    Array.from({ length: features }, (_, j) => x[i * features + j]!),
  );
}
