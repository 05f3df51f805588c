import {
  checkAbove,
  checkOptions,
  DomainError,
  ndtr,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Trajectories } from '../data/trajectories.js';
import type { HybridModel } from '../model.js';

/** Options of {@link misspecification}. */
export interface MisspecificationOptions {
  /** Standard deviation of the noise of each number that is seen of a state, known beforehand, such as of the instrument. */
  readonly noise: readonly number[];
  /** How often a model that is right may be called wrong; 0.01 by default. */
  readonly errorRate?: number;
}

/** What {@link misspecification} tells. */
export interface MisspecificationReport {
  /** Mean squared residual in units of the noise; 1 for a model that is right. */
  readonly reducedChiSquare: number;
  /** How likely one as large is for a model that is right. */
  readonly chiSquarePValue: number;
  /** Correlation of a residual with the one before it; 0 for a model that is right. */
  readonly autocorrelation: number;
  /** How likely one as large is for a model that is right. */
  readonly autocorrelationPValue: number;
  /** Whether either is less likely than half of the error rate. */
  readonly isMisspecified: boolean;
  /** Mean squared residual in units of the noise at each time, `[T]`: where the model goes wrong. */
  readonly byTime: readonly number[];
}

/**
 * Whether a model explains trajectories down to their noise: a test of its residuals, around the middle of the posterior, against the
 * noise that is known beforehand.
 *
 * Squares of residuals are added up, and compared with a chi-square law by Wilson and Hilferty's approximation; they are larger
 * where the model is wrong. Neighbours in time are alike where it misses something smaller than the noise: the correlation r of
 * M pairs is compared with N(0, 1 / M). A model that is right, of known parameters and starts, is called wrong at the
 * stated rate or less. Parameters that are found in the same trajectories take from residuals what is slow in time, so that they
 * are smaller and less alike: both tests are of the upper tail, and alarms are fewer then. Where starts are seen with noise,
 * their error is one of the model.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.6, on diagnostics.
 *
 * @param data trajectories of the length of training, best such as it has not seen
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or of another size
 */
export function misspecification(
  model: HybridModel,
  data: Trajectories,
  options: MisspecificationOptions,
): MisspecificationReport {
  checkOptions('misspecification', options, ['noise', 'errorRate']);
  const { noise, errorRate = 0.01 } = options;
  for (const scale of noise) checkAbove('misspecification', 'noise', scale, 0);
  if (!(errorRate > 0 && errorRate < 1))
    throw new DomainError(`misspecification: errorRate must be in (0, 1), got ${errorRate}.`);
  const numbers = model.decoder.observation.shape.at(-1)!;
  if (noise.length !== numbers)
    throw new ShapeError(
      `misspecification: the noise of each of ${numbers} numbers that are seen is needed, got ${noise.length}.`,
    );
  return tf.tidy(() => {
    const observed = data.batch();
    const residuals = tf.div(tf.sub(observed.x, model.fitted(observed)), [...noise]);
    return report(residuals, errorRate) as MisspecificationReport & tf.TensorContainerObject;
  });
}

/** @param residuals in units of the noise, `[N, T, ...grid, O]` */
function report(residuals: Tensor, errorRate: number): MisspecificationReport {
  const [, times] = residuals.shape as [number, number];
  const square = tf.square(residuals);
  const others = square.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const reducedChiSquare = numberOf(tf.mean(square));
  const spread = 2 / (9 * residuals.size);
  const chiSquarePValue = upperTail(
    (Math.cbrt(reducedChiSquare) - (1 - spread)) / Math.sqrt(spread),
  );
  const [before, after] = [0, 1].map((start) =>
    tf.slice(
      residuals,
      residuals.shape.map((_, axis) => (axis === 1 ? start : 0)),
      residuals.shape.map((size, axis) => (axis === 1 ? times - 1 : size)),
    ),
  );
  const autocorrelation =
    times < 2 ? 0 : numberOf(tf.mean(tf.mul(before!, after!))) / reducedChiSquare;
  const pairs = (residuals.size / times) * (times - 1);
  const autocorrelationPValue = upperTail(autocorrelation * Math.sqrt(pairs));
  return {
    reducedChiSquare,
    chiSquarePValue,
    autocorrelation,
    autocorrelationPValue,
    isMisspecified: Math.min(chiSquarePValue, autocorrelationPValue) < errorRate / 2,
    byTime: Array.from(tf.mean(square, others).dataSync()),
  };
}

/** P(Z > z) of a standard normal number. */
function upperTail(z: number): number {
  return numberOf(ndtr(tf.scalar(-z)));
}

function numberOf(x: Tensor): number {
  return x.dataSync()[0]!;
}
