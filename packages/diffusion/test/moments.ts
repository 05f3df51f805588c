import { cholesky, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** N(mean, covariance). */
export interface Normal {
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

/** Points and weights that have all moments of a standard normal number up to the fifth. */
const nodes = [-Math.sqrt(3), 0, Math.sqrt(3)];
const shares = [1 / 6, 2 / 3, 1 / 6];

/**
 * Pairs of data of a normal law and standard normal noise, with weights for which means of whatever is quadratic in both are exact:
 * x and eps `[N, D]`, weights `[N]`.
 */
export function moments({ mean, covariance }: Normal): { x: Tensor; eps: Tensor; weights: Tensor } {
  const size = mean.length;
  let points: number[][] = [[]];
  let weights = [1];
  for (let i = 0; i < 2 * size; i++) {
    points = points.flatMap((point) => nodes.map((node) => [...point, node]));
    weights = weights.flatMap((weight) => shares.map((share) => weight * share));
  }
  const [z, eps] = tf.split(tf.tensor2d(points), 2, 1) as [Tensor, Tensor];
  const factor = cholesky(tf.tensor2d(covariance.map((row) => [...row])));
  const x = tf.add(tf.matMul(z, factor, false, true), [...mean]);
  return { x, eps, weights: tf.tensor1d(weights) };
}
