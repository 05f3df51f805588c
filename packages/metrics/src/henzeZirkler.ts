import { Normal } from '@pushforward/distributions';
import { DataError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { cholesky, meanAndCovariance, readRows, whiten } from './matrix.js';

/** The outcome of a test of a hypothesis. */
export interface TestResult {
  /** What the test is of; large values speak against the hypothesis. */
  readonly statistic: number;
  /** Probability of a statistic at least as large if the hypothesis is true. */
  readonly pValue: number;
}

/**
 * Tests whether rows come from some multivariate normal law, after Henze and Zirkler: a weighted squared distance
 * between the characteristic function of the whitened rows and that of N(0, I).
 *
 * Takes N^2 D operations, in double precision; the p-value is that of a log-normal law with the moments that the
 * statistic has under normality.
 *
 * Source: Henze and Zirkler, "A class of invariant consistent tests for multivariate normality", Communications in
 * Statistics 19 (1990), theorem 2.3 and section 3.
 *
 * @param x shape `[N, D]`, N > D
 * @throws DataError for a singular covariance or numbers that are not finite
 *
 * @example
 * ```ts
 * import { henzeZirkler } from '@pushforward/metrics';
 * import { Key } from '@pushforward/tensors';
 * const { pValue } = await henzeZirkler(Key.from(1).normal([500, 2]));
 * ```
 */
export async function henzeZirkler(x: Tensor): Promise<TestResult> {
  const rows = await readRows('henzeZirkler', x);
  const { count: n, size: d } = rows;
  const { mean, covariance } = meanAndCovariance(rows);
  const L = cholesky(covariance, d);
  if (L === undefined)
    throw new DataError(
      `henzeZirkler: the covariance of the ${n} rows is singular; drop the columns that others determine.`,
    );
  const z = whiten(rows, mean, L);

  // The width of the weight, best for n rows in d dimensions.
  const beta2 = ((n * (2 * d + 1)) / 4) ** (2 / (d + 4)) / 2;
  let pairs = n;
  let singles = 0;
  for (let i = 0; i < n; i++) {
    let norm = 0;
    for (let k = 0; k < d; k++) norm += z[i * d + k]! ** 2;
    singles += Math.exp((-beta2 * norm) / (2 * (1 + beta2)));
    for (let j = 0; j < i; j++) {
      let distance = 0;
      for (let k = 0; k < d; k++) distance += (z[i * d + k]! - z[j * d + k]!) ** 2;
      pairs += 2 * Math.exp((-beta2 * distance) / 2);
    }
  }
  const statistic =
    pairs / n - 2 * (1 + beta2) ** (-d / 2) * singles + n * (1 + 2 * beta2) ** (-d / 2);

  const { mean: m, variance } = momentsUnderNormality(d, beta2);
  const logVariance = Math.log1p(variance / m ** 2);
  const score = (Math.log(statistic) - Math.log(m) + logVariance / 2) / Math.sqrt(logVariance);
  return { statistic, pValue: await upperTail(score) };
}

/** Mean and variance of the statistic if the rows are normal. */
function momentsUnderNormality(d: number, beta2: number): { mean: number; variance: number } {
  const a = 1 + 2 * beta2;
  const w = (1 + beta2) * (1 + 3 * beta2);
  const pairs = d * (d + 2);
  const mean = 1 - a ** (-d / 2) * (1 + (d * beta2) / a + (pairs * beta2 ** 2) / (2 * a ** 2));
  const variance =
    2 * (1 + 4 * beta2) ** (-d / 2) +
    2 * a ** -d * (1 + (2 * d * beta2 ** 2) / a ** 2 + (3 * pairs * beta2 ** 4) / (4 * a ** 4)) -
    4 * w ** (-d / 2) * (1 + (3 * d * beta2 ** 2) / (2 * w) + (pairs * beta2 ** 4) / (2 * w ** 2));
  return { mean, variance };
}

/** P(Z >= score), Z ~ N(0, 1). */
async function upperTail(score: number): Promise<number> {
  const tail = tf.tidy(() => new Normal(0, 1).cdf(tf.scalar(-score)));
  const [probability] = await tail.data();
  tail.dispose();
  return probability!;
}
