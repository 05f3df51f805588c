import { type Batch, type Key, sumLast, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoised, Prediction } from '../denoisers/denoised.js';
import type { Denoiser } from '../denoisers/denoiser.js';
import type { Schedule } from '../schedules/schedule.js';

/** Data with noise, and what a denoiser makes of it. */
export interface Noised {
  readonly denoiser: Denoiser;
  /** The data, shape `[...batch, ...event]`. */
  readonly x: Tensor;
  /** The noise, shape of x. */
  readonly eps: Tensor;
  /** Shape `[...batch]`. */
  readonly t: Tensor;
  readonly denoised: Denoised;
}

/** Adds noise to x as at times t, and asks for x. */
export function noised(denoiser: Denoiser, { x, context }: Batch, t: Tensor, key: Key): Noised {
  const { alpha, sigma } = denoiser.place(t);
  const eps = key.normal(x.shape);
  const xt = tf.add(tf.mul(alpha, x), tf.mul(sigma, eps));
  return { denoiser, x, eps, t, denoised: denoiser.posterior(xt, t, context) };
}

/** The squared error of every row, shape `[...batch]`. */
export function rowErrors({ denoiser, denoised, x, eps }: Noised, form: Prediction): Tensor {
  return sumLast(denoised.squaredErrors(form, x, eps), denoiser.eventShape.length);
}

/**
 * One number in [0, 1) for every row, uniform, and spread evenly over all rows: (u + k / n) mod 1 of one draw u. Losses of rows at
 * different times differ much, so that their mean varies less than that of independent times.
 *
 * Source: Kingma et al., "Variational diffusion models", arXiv:2107.00630, appendix I.1.
 */
function spreadEvenly(key: Key, batch: readonly number[]): Tensor {
  const count = batch.reduce((size, n) => size * n, 1);
  const shifted = tf.add(key.uniform([1]), tf.div(tf.range(0, count), Math.max(count, 1)));
  return tf.reshape(tf.sub(shifted, tf.floor(shifted)), [...batch]);
}

/** Times for every row, uniform on 1 / T, 2 / T, .. 1. */
export function gridTimes(key: Key, batch: readonly number[], steps: number): Tensor {
  const index = tf.minimum(tf.floor(tf.mul(spreadEvenly(key, batch), steps)), steps - 1);
  return tf.div(tf.add(index, 1), steps);
}

/** Where bounds in continuous time begin: at 0 where there is noise, else a little later, for they have no limit there. */
export function firstTime({ startsClean }: Schedule): number {
  return startsClean ? 1e-3 : 0;
}

/** Times for every row, uniform on (start, 1]. */
export function times(key: Key, batch: readonly number[], start: number): Tensor {
  return tf.sub(1, tf.mul(1 - start, spreadEvenly(key, batch)));
}
