import type { EpochReport, Learner } from '@pushforward/tensors';
import { resumeRun } from './checkpoint.js';
import { Loop, type StopReason } from './loop.js';
import { type FitData, type FitOptions, settingsOf } from './options.js';
import { Run } from './run.js';

/** What {@link fit} tells of a run. */
export interface FitResult {
  /** One report an epoch, those from before an interruption included. */
  readonly history: readonly EpochReport[];
  /** The epoch with the lowest validation loss; undefined without a validation split. */
  readonly bestEpoch: number | undefined;
  /** Steps done in all. */
  readonly steps: number;
  /** Why it ended. */
  readonly stopReason: StopReason;
  /** Duration of this call. */
  readonly seconds: number;
}

/**
 * Trains a learner by stochastic gradient descent on the mean loss, with Adam.
 *
 * Afterwards the learner holds the weights with the lowest validation loss, or the last ones (their moving average,
 * with `averageDecay`) where there is no validation split. With the same key, data and options the numbers are the
 * same, whether or not the run was interrupted and resumed in between.
 *
 * @param learner keeps what must survive an interruption in its variables
 * @throws OptionError, DomainError for options that are unknown, out of range or do not go together
 * @throws DataError for a split without rows
 * @throws TrainingError when a loss or weight is no longer finite; the learner then holds the best weights so far
 * @throws LoadError for a damaged checkpoint
 *
 * @example
 * ```ts
 * import { Key, Module, parameter, type Batch } from '@pushforward/tensors';
 * import { fit } from '@pushforward/training';
 * import * as tf from '@tensorflow/tfjs';
 *
 * class Mean extends Module {
 *   readonly value = parameter(tf.scalar(0));
 *   loss({ x }: Batch) {
 *     return tf.mean(tf.square(tf.sub(x, this.value)));
 *   }
 * }
 * const train = { length: 4, batches: () => [{ x: tf.tensor1d([1, 2, 3, 6]) }] };
 * const mean = new Mean();
 * await fit(mean, { train }, { key: Key.from(1), epochs: 300, learningRate: 0.1 });
 * console.log(mean.value.dataSync()[0]); // 3, to within the last few steps
 * ```
 */
export async function fit(
  learner: Learner,
  data: FitData,
  options: FitOptions,
): Promise<FitResult> {
  const settings = settingsOf(options, data);
  const started = performance.now();
  const run = new Run(learner, settings);
  try {
    if (settings.resume) await resumeRun(run, settings);
    const stopReason = await new Loop(run, data, settings).finish();
    return {
      history: run.history,
      bestEpoch: run.counters.best?.epoch,
      steps: run.counters.step,
      stopReason,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    settings.progress?.end();
    run.dispose();
  }
}
