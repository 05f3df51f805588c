import { DataError, logSumExp, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { rowsPerBlock, squaredDistances } from './distances.js';

/** Rows that are left out in turn; with more, evenly spaced ones. */
const LEFT_OUT = 2000;

/** Scott's rule, N^(-1/(D+4)): "Multivariate Density Estimation", 1992, eq. 6.42. */
export function scott(count: number, size: number): number {
  return count ** (-1 / (size + 4));
}

/** Silverman's rule, (N (D + 2) / 4)^(-1/(D+4)): "Density Estimation", 1986, section 4.3.2. */
export function silverman(count: number, size: number): number {
  return ((count * (size + 2)) / 4) ** (-1 / (size + 4));
}

/**
 * The bandwidth that makes rows most likely under the kernels of all the others, among some from a 64th to 4 times
 * that of Scott, each a fifth above the last.
 *
 * @param centres white rows, `[N, D]`
 * @throws DataError if the smallest is best, as where rows repeat
 */
export async function leaveOneOut(centres: Tensor): Promise<number> {
  const [count, size] = centres.shape as [number, number];
  const candidates = Array.from({ length: 33 }, (_, i) => scott(count, size) * 2 ** (-6 + i / 4));
  const left = Array.from({ length: Math.min(count, LEFT_OUT) }, (_, i) =>
    Math.floor((i * count) / Math.min(count, LEFT_OUT)),
  );
  const totals = candidates.map(() => 0);
  const step = rowsPerBlock(count);
  for (let start = 0; start < left.length; start += step) {
    const likelihoods = tf.tidy(() => {
      const rows = tf.tensor1d(left.slice(start, start + step), 'int32');
      // A row is infinitely far from itself, as far as float32 goes.
      const self = tf.mul(1e30, tf.oneHot(rows, count));
      const squares = tf.add(squaredDistances(tf.gather(centres, rows), centres), self);
      return tf.stack(candidates.map((h) => tf.sum(logSumExp(tf.div(squares, -2 * h ** 2)))));
    });
    for (const [k, value] of (await likelihoods.data()).entries()) totals[k]! += value;
    likelihoods.dispose();
  }
  const scores = totals.map((total, k) => total / left.length - size * Math.log(candidates[k]!));
  const best = scores.indexOf(Math.max(...scores));
  if (best === 0)
    throw new DataError(
      'kernelDensity: the likelihood grows without end as the bandwidth shrinks, as where rows repeat; give a number.',
    );
  return candidates[best]!;
}
