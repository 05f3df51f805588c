import { checkCount, checkOptions, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Trajectories } from '../data/trajectories.js';
import type { HybridModel } from '../model.js';
import { mean } from './draws.js';

/** Options of {@link extrapolationReport}. */
export interface ExtrapolationOptions {
  /** Draws of the predictor, whose mean is judged; 1 by default. */
  readonly draws?: number;
  /** How many trajectories are told in full, to be drawn; 3 by default. */
  readonly pictures?: number;
}

/** One trajectory as it was and as it was forecast: each `[T][d]`. */
export interface TrajectoryPicture {
  /** The states of the data. */
  readonly seen: readonly (readonly number[])[];
  /** The states of the model, at the same times. */
  readonly forecast: readonly (readonly number[])[];
}

/** What {@link extrapolationReport} tells of one set of trajectories. */
export interface ExtrapolationReport {
  /** Mean squared distance of the forecast from what was seen, behind the times of training, of each trajectory. */
  readonly errors: readonly number[];
  /** The same within the times of training. */
  readonly fitErrors: readonly number[];
  /** log of the mean of `errors`; of `fitErrors` where the data end where training does. */
  readonly logMse: number;
  /** |estimate - truth| / |truth| of each parameter that is known of the data, its mean over trajectories. */
  readonly parameterErrors: Readonly<Record<string, number>>;
  /** Times of the pictures, without the past. */
  readonly times: readonly number[];
  /** Some trajectories in full. */
  readonly pictures: readonly TrajectoryPicture[];
}

/**
 * How well a model does where it has not been trained: forecasts of trajectories, of which it sees what is as long as in training, to
 * their ends. Compare reports of data from the training law and from shifted ones.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.4, Table 7.1 and Fig. 7.4, where errors
 * are of log-MSEs and of parameters.
 *
 * @param data trajectories as long as in training, or longer
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function extrapolationReport(
  model: HybridModel,
  key: Key,
  data: Trajectories,
  options: ExtrapolationOptions = {},
): ExtrapolationReport {
  checkOptions('extrapolationReport', options, ['draws', 'pictures']);
  const { draws = 1, pictures = 3 } = options;
  checkCount('extrapolationReport', 'draws', draws, 1);
  checkCount('extrapolationReport', 'pictures', pictures, 0);
  const steps = model.decoder.times.length - 1;
  return tf.tidy(() => {
    const observed = data.until(data.past + steps).batch();
    const { x, context } = data.batch();
    const drawn = model.predict(key, observed, {
      ...{ times: data.times.slice(data.past - 1), draws, noise: false },
      ...(context && { context }),
    });
    const forecast = tf.mean(drawn, 0);
    const [n, points] = x.shape as [number, number];
    const square = tf.sum(tf.reshape(tf.square(tf.sub(x, forecast)), [n, points, -1]), 2);
    const over = (begin: number, size: number) =>
      size === 0 ? [] : numbersOf(tf.mean(tf.slice(square, [0, begin], [n, size]), 1));
    const errors = over(steps, points - steps);
    const fitErrors = over(0, steps);
    const report: ExtrapolationReport = {
      errors,
      fitErrors,
      logMse: Math.log(mean(errors.length > 0 ? errors : fitErrors)),
      parameterErrors: parameterErrors(model, data, observed),
      times: data.times.slice(data.past),
      pictures: Array.from({ length: Math.min(pictures, n) }, (_, i) => ({
        seen: rowsOf(x, i),
        forecast: rowsOf(forecast, i),
      })),
    };
    return report as ExtrapolationReport & tf.TensorContainerObject;
  });
}

function parameterErrors(
  model: HybridModel,
  data: Trajectories,
  observed: { x: Tensor },
): Record<string, number> {
  const known = Object.entries(model.estimate(observed)).filter(
    ([name]) => name in data.parameters,
  );
  return Object.fromEntries(
    known.map(([name, estimate]) => {
      const truth = data.parameters[name]!;
      const errors = numbersOf(estimate).map((value, i) =>
        Math.abs((value - truth[i]!) / truth[i]!),
      );
      return [name, mean(errors)];
    }),
  );
}

function numbersOf(x: Tensor): number[] {
  return Array.from(x.dataSync());
}

/** Trajectory i of `[N, T, ...]` as `[T][d]`. */
function rowsOf(x: Tensor, i: number): number[][] {
  const points = x.shape[1]!;
  return tf.reshape(tf.gather(x, [i]), [points, -1]).arraySync() as number[][];
}
