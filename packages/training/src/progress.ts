import type { EpochReport } from '@pushforward/tensors';
import type { StepReport } from './options.js';

/** How long a run is to be. */
export interface Plan {
  readonly epochs: number;
  readonly steps: number;
  /** Steps that an earlier, interrupted run has done. */
  readonly stepsDone: number;
}

/** Shows how far a run is; `fit` calls these in this order. */
export interface Progress {
  start(plan: Plan): void;
  step(report: StepReport): void;
  epoch(report: EpochReport): void;
  /** The run is over, one way or the other. */
  end(): void;
}
