import { type EpochReport, type Learner, Module } from '@pushforward/tensors';
import { Adam } from './adam.js';
import { Average } from './average.js';
import type { Settings } from './options.js';
import { Weights } from './weights.js';

/** Where a run is: plain numbers, saved beside its tensors. */
export type Counters = {
  /** Steps done. */
  step: number;
  /** Epochs finished. */
  epoch: number;
  /** Of the epoch under way: batches and rows done, and the sum of loss times rows. */
  batches: number;
  rows: number;
  lossSum: number;
  /** The epoch whose weights are kept as the best so far, and its validation loss. */
  best: { epoch: number; loss: number } | null;
  history: { epoch: number; step: number; trainLoss: number; validationLoss: number | null }[];
};

/** Everything that decides how a run goes on: what a checkpoint holds. */
export class Run extends Module {
  readonly optimiser: Adam;
  readonly average: Average | undefined;
  /** The weights to fall back on: of the best epoch, or of the last one where none is judged. */
  readonly kept: Weights;
  counters: Counters = {
    step: 0,
    epoch: 0,
    batches: 0,
    rows: 0,
    lossSum: 0,
    best: null,
    history: [],
  };

  constructor(
    readonly learner: Learner,
    settings: Settings,
  ) {
    super();
    const parameters = learner.parameters();
    this.optimiser = new Adam(parameters, { ...learner.adam, ...settings.adam });
    this.average =
      settings.averageDecay === undefined
        ? undefined
        : new Average(parameters, settings.averageDecay);
    this.kept = new Weights([...learner.namedVariables().values()]);
  }

  /** The reports of the epochs done. */
  get history(): EpochReport[] {
    return this.counters.history.map((report) => ({
      ...report,
      validationLoss: report.validationLoss ?? undefined,
    }));
  }

  /** Calls `judge` while the learner holds the weights that it is to be judged by: the averaged ones, if any. */
  async withAverage<T>(judge: () => Promise<T>): Promise<T> {
    if (this.average === undefined) return judge();
    const raw = new Weights(this.learner.parameters());
    try {
      this.average.give();
      return await judge();
    } finally {
      raw.give();
      raw.dispose();
    }
  }

  /** Frees what the run has made; the learner stays. */
  override dispose(): void {
    this.optimiser.dispose();
    this.average?.dispose();
    this.kept.dispose();
  }
}
