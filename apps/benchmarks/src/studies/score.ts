import type { Split } from '@pushforward/datasets';
import type { Distribution } from '@pushforward/distributions';
import type { Estimate } from '@pushforward/metrics';
import { TrainingError } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Numbers, in whole rows, that go through the engine together. */
const block = 50_000;

/** log p of each row, in nats. */
export async function logLikelihoods(law: Distribution, split: Split): Promise<number[]> {
  const values: number[] = [];
  const step = Math.ceil(block / split.features);
  for (let start = 0; start < split.length; start += step) {
    const batch = split.slice(start, Math.min(start + step, split.length)).batch();
    const logProb = law.logProb(batch.x, law.contextSize > 0 ? batch.context : undefined);
    values.push(...(await logProb.data()));
    tf.dispose([batch, logProb]);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new TrainingError(
      `log p of row ${bad + 1} of ${split.name} is ${values[bad]!}: the row is outside the support of the model.`,
    );
  return values;
}

/** The mean with its standard error, sd / sqrt(N). */
export function estimate(values: readonly number[]): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** The mean of a_n - b_n, which is known better than the difference of the means: the rows are the same. */
export function advantage(a: readonly number[], b: readonly number[]): Estimate {
  return estimate(a.map((value, n) => value - b[n]!));
}

/** The log of the mean of a by that of b, whose error is that of the mean of a_n / mean(a) - b_n / mean(b). */
export function logRatio(a: readonly number[], b: readonly number[]): Estimate {
  const [meanA, meanB] = [estimate(a).mean, estimate(b).mean];
  const { standardError } = advantage(
    a.map((value) => value / meanA),
    b.map((value) => value / meanB),
  );
  return { mean: Math.log(meanA / meanB), standardError };
}

/** a - b of independent estimates. */
export function difference(a: Estimate, b: Estimate): Estimate {
  return {
    mean: a.mean - b.mean,
    standardError: Math.hypot(a.standardError, b.standardError),
  };
}

/** The share of trials that went right. */
export function share(right: readonly boolean[]): Estimate {
  return estimate(right.map(Number));
}
