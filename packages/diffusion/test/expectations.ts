import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { AncestralVariance, Denoiser } from '../src/index.js';
import type { Noised } from '../src/objectives/noised.js';
import { stepBound } from '../src/objectives/stepBound.js';
import { moments, type Normal } from './moments.js';

/** What is seen of x with that noise at those times. */
export function seenOf(denoiser: Denoiser, x: Tensor, eps: Tensor, t: Tensor): Noised {
  const { alpha, sigma } = denoiser.place(t);
  const xt = tf.add(tf.mul(alpha, x), tf.mul(sigma, eps));
  return { denoiser, x, eps, t, denoised: denoiser.posterior(xt, t) };
}

/** E[f] over x and eps, exact for what is quadratic in both. */
export function expected(law: Normal, f: (x: Tensor, eps: Tensor) => Tensor): number {
  return tf.tidy(() => {
    const { x, eps, weights } = moments(law);
    return tf.sum(tf.mul(f(x, eps), weights)).dataSync()[0]!;
  });
}

/** E of the term of every step of a chain, `[count]`. */
export function expectedSteps(
  denoiser: Denoiser,
  law: Normal,
  count: number,
  variance: AncestralVariance,
): number[] {
  return tf.tidy(() => {
    const { x, eps, weights } = moments(law);
    const rows = (values: Tensor) => tf.tile(values, [count, 1]);
    const [points] = weights.shape as [number];
    const t = tf.div(tf.range(1, count + 1), count);
    const times = tf.reshape(tf.tile(tf.expandDims(t, 1), [1, points]), [-1]);
    const terms = stepBound(seenOf(denoiser, rows(x), rows(eps), times), { count, variance });
    return [...tf.sum(tf.mul(tf.reshape(terms, [count, points]), weights), 1).dataSync()];
  });
}

export const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

export function diagonal(values: readonly number[]): number[][] {
  return values.map((value, i) => values.map((_, j) => (i === j ? value : 0)));
}
