import type { TimeSeries } from './timeSeries.js';

/** A benchmark of system identification: a run to learn from, and one to judge by. */
export interface SystemData {
  /** What it is called. */
  readonly name: string;
  /** Where the runs come from, and under which licence. */
  readonly source: string;
  /** The run to learn from. */
  readonly train: TimeSeries;
  /** The run to judge by. */
  readonly test: TimeSeries;
  /** Instants at the start of the test run that a model may find its state from, and that errors leave out. */
  readonly skip: number;
}
