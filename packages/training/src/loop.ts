import { fetchVariables } from '@pushforward/compile';
import {
  type Batch,
  DataError,
  type EpochReport,
  type Key,
  TrainingError,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { saveRun } from './checkpoint.js';
import { type Runnable, runnable } from './compiled.js';
import { evaluate } from './evaluate.js';
import { Losses } from './losses.js';
import type { FitData, Settings } from './options.js';
import type { Run } from './run.js';
import { type Step, trainingStep } from './step.js';

/** Why a run ended: all epochs or steps were done, validation stopped improving, or the signal said so. */
export type StopReason = 'epochs' | 'steps' | 'patience' | 'aborted';

/** Milliseconds between two looks at the losses; then timers, signals and the page have their turn as well. */
const PAUSE = 100;

/** Takes a run from where it is to its end. */
export class Loop {
  private readonly losses = new Losses();
  private readonly step: Runnable<Parameters<Step>>;
  private readonly loss: Runnable<[batch: Batch, key: Key]>;
  private readonly keys;
  /** Steps that the options allow. */
  private readonly planned: number;
  private paused = performance.now();
  private saved = performance.now();

  constructor(
    private readonly run: Run,
    private readonly data: FitData,
    private readonly settings: Settings,
  ) {
    const { epochs, steps, batchSize, key, clipNorm } = settings;
    this.planned = Math.min(steps, epochs * Math.ceil(data.train.length / batchSize));
    const { learner } = run;
    this.step = runnable(
      trainingStep(learner, run.optimiser, run.average, clipNorm),
      settings.compile,
    );
    this.loss = runnable(
      (batch: Batch, key: Key) => tf.tidy(() => learner.loss(batch, key)),
      settings.compile,
    );
    const [order, draws, validation] = key.split(3);
    this.keys = { order, draws, validation };
  }

  async finish(): Promise<StopReason> {
    const { run, settings } = this;
    const stepsDone = run.counters.step;
    settings.progress?.start({ epochs: settings.epochs, steps: this.planned, stepsDone });
    try {
      let reason = this.stopReason();
      while (reason === undefined) {
        await this.epoch();
        reason = this.stopReason();
      }
      await fetchVariables();
      await saveRun(run, settings);
      if (settings.keepBest && run.counters.best !== null) run.kept.give();
      else run.average?.give();
      return reason;
    } catch (error) {
      if (error instanceof TrainingError) run.kept.give();
      throw error;
    } finally {
      this.losses.dispose();
      this.step.dispose();
      this.loss.dispose();
    }
  }

  private stopReason(): StopReason | undefined {
    const { epoch, step, best } = this.run.counters;
    const { epochs, steps, patience = Number.POSITIVE_INFINITY, signal } = this.settings;
    if (epoch >= epochs) return 'epochs';
    if (step >= steps) return 'steps';
    if (best !== null && epoch - best.epoch >= patience) return 'patience';
    return signal?.aborted ? 'aborted' : undefined;
  }

  /** The rest of the epoch under way, with the judgement at its end; cut short by the signal. */
  private async epoch(): Promise<void> {
    const { counters } = this.run;
    const { batchSize, steps, signal } = this.settings;
    const order = this.keys.order.foldIn(counters.epoch);
    let index = 0;
    for (const batch of this.data.train.batches(order, batchSize)) {
      // Those before an interruption are drawn again, to be passed over.
      const done = index++ < counters.batches;
      try {
        if (!done) await this.learn(batch);
      } finally {
        tf.dispose(batch);
      }
      if (done) continue;
      await this.pause();
      if (signal?.aborted) return this.look();
      if (counters.step >= steps) break;
    }
    await this.look();
    await this.judge();
  }

  private async learn(batch: Batch): Promise<void> {
    const { learner, counters, kept } = this.run;
    const { learningRate, schedule } = this.settings;
    if (counters.step === 0) {
      learner.prepare?.(batch);
      kept.take();
    }
    const key = this.keys.draws.foldIn(counters.step);
    const rate = tf.scalar(learningRate * schedule(counters.step, this.planned));
    try {
      this.losses.add(await this.step(batch, key, rate), batch);
    } finally {
      rate.dispose();
    }
    counters.step += 1;
    counters.batches += 1;
  }

  /** Now and then: reads losses, saves, and lets the rest of the program run. */
  private async pause(): Promise<void> {
    const now = performance.now();
    const isTimeToSave = now - this.saved >= 1000 * this.settings.checkpointSeconds;
    if (!isTimeToSave && now - this.paused < PAUSE) return;
    await this.look();
    if (isTimeToSave) {
      await fetchVariables();
      await saveRun(this.run, this.settings);
      this.saved = performance.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.paused = performance.now();
  }

  /** Reads the losses of the steps since the last look. */
  private async look(): Promise<void> {
    const { counters } = this.run;
    const { progress, onStep } = this.settings;
    const seen = await this.losses.read();
    for (const [i, { loss, rows }] of seen.entries()) {
      const report = { step: counters.step - seen.length + 1 + i, epoch: counters.epoch + 1, loss };
      if (!Number.isFinite(loss)) throw this.failure(`the loss is ${loss}`, report.step);
      counters.lossSum += loss * rows;
      counters.rows += rows;
      progress?.step(report);
      onStep?.(report);
    }
  }

  /** The end of an epoch: validation, the weights to keep, the reports. */
  private async judge(): Promise<void> {
    const { run, settings, data } = this;
    const { counters, learner } = run;
    if (counters.rows === 0) throw new DataError('fit: the train split gave no batch.');
    // Programs may keep the weights on a GPU; what follows is eager.
    await fetchVariables();
    await this.checkWeights();

    const epoch = counters.epoch + 1;
    const validationLoss = await run.withAverage(async () => {
      const loss =
        data.validation &&
        (await evaluate(this.loss, data.validation, this.keys.validation, settings.batchSize));
      if (loss !== undefined && !Number.isFinite(loss))
        throw this.failure(`the validation loss is ${loss}`, counters.step);
      const isBest = loss !== undefined && loss < (counters.best?.loss ?? Number.POSITIVE_INFINITY);
      if (isBest) counters.best = { epoch, loss };
      if (isBest || !settings.keepBest) run.kept.take();
      return loss;
    });

    const trainLoss = counters.lossSum / counters.rows;
    const report: EpochReport = { epoch, step: counters.step, trainLoss, validationLoss };
    if (learner.endOfEpoch?.(report) === true && counters.best !== null) {
      // The best weights of another loss are none of this one: the search begins anew, from those of now.
      counters.best = { epoch, loss: Number.MAX_VALUE };
      await run.withAverage(() => {
        run.kept.take();
        return Promise.resolve();
      });
    }
    counters.history.push({ ...report, validationLoss: validationLoss ?? null });
    Object.assign(counters, { epoch, batches: 0, rows: 0, lossSum: 0 });
    settings.progress?.epoch(report);
    await settings.onEpoch?.(report);
  }

  /** The loss of the last step came before its update, which may have spoilt the weights. */
  private async checkWeights(): Promise<void> {
    const names = [...this.run.learner.namedParameters().keys()];
    const zeros = tf.tidy(() =>
      // x - x is 0 for finite numbers and NaN for all others.
      tf.stack(this.run.learner.parameters().map((weight) => tf.sum(tf.sub(weight, weight)))),
    );
    const values = await zeros.data();
    zeros.dispose();
    const bad = names.filter((_, i) => values[i] !== 0);
    if (bad.length > 0)
      throw this.failure(
        `the update made ${bad.join(', ')} infinite or NaN`,
        this.run.counters.step,
      );
  }

  private failure(what: string, step: number): TrainingError {
    const { epoch, best } = this.run.counters;
    const kept = this.settings.keepBest ? (best?.epoch ?? 0) : epoch;
    return new TrainingError(
      `fit: ${what} at step ${step}, in epoch ${epoch + 1}; it must be finite. The learner holds the weights ` +
        `${kept === 0 ? 'of the start' : `of epoch ${kept}`}. Try a lower learningRate, a clipNorm, or look at the data.`,
    );
  }
}
