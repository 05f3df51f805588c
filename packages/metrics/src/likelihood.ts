import type { Distribution } from '@pushforward/distributions';
import {
  checkCount,
  checkOptions,
  DataError,
  ShapeError,
  type Tensor,
  TrainingError,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** A mean and how far off it may be. */
export interface Estimate {
  /** The mean. */
  readonly mean: number;
  /** Standard deviation of the mean: sd / sqrt(N); Infinity where it cannot be told. */
  readonly standardError: number;
}

/** Options of {@link meanLogLikelihood}. */
export interface LikelihoodOptions {
  /** Shape `[N, contextSize]`, for a conditional law. */
  readonly context?: Tensor;
  /** Rows at a time; 1000 by default. More need more memory. */
  readonly batchSize?: number;
}

/**
 * The mean log-density of held-out rows, 1/N sum log p(x_n | context_n), in nats, with its standard error.
 *
 * Rows go through the engine in batches, sums are in double precision. A row outside the support makes the mean
 * -Infinity.
 *
 * @param x shape `[N, ...event]`
 * @throws DataError if a row is not a number, TrainingError if its log-density is not
 *
 * @example
 * ```ts
 * import { standardNormal } from '@pushforward/distributions';
 * import { meanLogLikelihood } from '@pushforward/metrics';
 * import { Key } from '@pushforward/tensors';
 * const law = standardNormal([2]);
 * const { mean, standardError } = await meanLogLikelihood(law, law.sample(Key.from(1), [5000]));
 * console.log(`${mean.toFixed(2)} +- ${standardError.toFixed(2)} nats`); // minus the entropy, -2.84
 * ```
 */
export async function meanLogLikelihood(
  law: Distribution,
  x: Tensor,
  options: LikelihoodOptions = {},
): Promise<Estimate> {
  checkOptions('meanLogLikelihood', options, ['context', 'batchSize']);
  const { context, batchSize = 1000 } = options;
  checkCount('meanLogLikelihood', 'batchSize', batchSize, 1);
  if (x.rank !== law.eventShape.length + 1 || x.shape[0] === 0)
    throw new ShapeError(
      `meanLogLikelihood: expected shape [N, ${law.eventShape.join(', ')}] with N >= 1, got [${x.shape.join(', ')}].`,
    );
  const count = x.shape[0];
  if (context && context.shape[0] !== count)
    throw new ShapeError(
      `meanLogLikelihood: the context must have one row for each of the ${count} of x, ` +
        `got shape [${context.shape.join(', ')}].`,
    );

  const values = new Float64Array(count);
  for (let start = 0; start < count; start += batchSize) {
    const size = Math.min(batchSize, count - start);
    const logProb = tf.tidy(() =>
      law.logProb(rowsOf(x, start, size), context && rowsOf(context, start, size)),
    );
    values.set(await logProb.data(), start);
    logProb.dispose();
  }
  const bad = values.findIndex(Number.isNaN);
  if (bad >= 0) await complain(x, bad);

  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const known = count > 1 && Number.isFinite(mean);
  return { mean, standardError: known ? Math.sqrt(squares / (count - 1) / count) : Infinity };
}

function rowsOf(x: Tensor, start: number, size: number): Tensor {
  return tf.slice(x, [start], [size]);
}

/** Says whether the row or the law is to blame. */
async function complain(x: Tensor, row: number): Promise<never> {
  const event = rowsOf(x, row, 1);
  const numbers = await event.data();
  event.dispose();
  if (numbers.some(Number.isNaN))
    throw new DataError(`meanLogLikelihood: row ${row} holds a NaN; remove or fill it.`);
  throw new TrainingError(
    `meanLogLikelihood: log p of row ${row} is NaN: the law has parameters that are not finite, or training diverged.`,
  );
}
