import type { Split } from './split.js';

/** Data in two parts. */
export interface TrainTest {
  /** To learn from. */
  readonly train: Split;
  /** To judge by. */
  readonly test: Split;
}

/** Data in three parts. */
export interface Dataset extends TrainTest {
  /** What the data are called. */
  readonly name: string;
  /** Where the data come from, and under which licence. */
  readonly source: string;
  /** To stop by. */
  readonly validation: Split;
}
