import type { EpochReport } from '@pushforward/tensors';

/** What a callback is told of a step. */
export interface StepReport {
  /** Steps done, from 1. */
  readonly step: number;
  /** The epoch it belongs to, from 1. */
  readonly epoch: number;
  /** Loss of its batch before the update, nats per example. */
  readonly loss: number;
}

/** How long a run is to be. */
export interface Plan {
  /** Epochs, those done before included. */
  readonly epochs: number;
  /** Steps, those done before included. */
  readonly steps: number;
  /** Steps that an earlier, interrupted run has done. */
  readonly stepsDone: number;
}

/** Shows how far a run is; `fit` calls these in this order. */
export interface Progress {
  /** The run begins, or goes on. */
  start(plan: Plan): void;
  /** A step was done; several may be reported together. */
  step(report: StepReport): void;
  /** An epoch is over, with its validation. */
  epoch(report: EpochReport): void;
  /** The run is over, one way or the other. */
  end(): void;
}
