import type { Key } from '../random/key.js';
import type { Tensor } from '../types.js';
import type { Module } from './module.js';

/** What one training step sees: rows of data, and whatever the model is conditioned on. */
export type Batch = {
  /** The rows, `[B, ...event]`. */
  x: Tensor;
  /** What each row is conditioned on, `[B, contextSize]`. */
  context?: Tensor;
  [name: string]: Tensor | undefined;
};

/** What a learner is told when an epoch ends. */
export interface EpochReport {
  /** Epochs done, from 1. */
  readonly epoch: number;
  /** Steps done, from 1. */
  readonly step: number;
  /** Mean training loss of the epoch, nats per example. */
  readonly trainLoss: number;
  /** Mean validation loss after the epoch, nats per example; undefined without a validation split. */
  readonly validationLoss: number | undefined;
}

/** All that `fit` knows of a model: flows, auto-encoders, denoisers and hybrid models are learners. */
export interface Learner extends Module {
  /** What Adam is to be told where the options of training do not say otherwise. */
  readonly adam?: {
    /** How much of the mean of gradients is kept from step to step, in [0, 1). */
    readonly beta1?: number;
    /** The same of the mean of their squares, in [0, 1). */
    readonly beta2?: number;
    /** What is added to the root of that mean, > 0. */
    readonly epsilon?: number;
  };
  /** The scalar to minimise, the mean over the rows of the batch, in nats per example. */
  loss(batch: Batch, key: Key): Tensor;
  /** Called once, with the first batch, before training: a start that depends on the data. */
  prepare?(batch: Batch): void;
  /**
   * Called once an epoch: annealing, multipliers of a constraint.
   *
   * @returns true where the loss is another one from here on, so that those of earlier epochs say nothing of later ones
   */
  endOfEpoch?(report: EpochReport): unknown;
}
