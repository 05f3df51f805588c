import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoised } from '../denoisers/denoised.js';
import type { Levels } from '../schedules/schedule.js';

/** The consecutive pairs (t, s), t > s > 0, of a grid: the levels at both ends of all K of them, each of shape `[K]`. */
export interface Pairs {
  /** At t. */
  readonly from: Levels;
  /** At s. */
  readonly to: Levels;
}

/** A time of the grid, shape `[]`, and the levels there. */
export interface Moment extends Levels {
  /** 1 is noise. */
  readonly time: Tensor;
}

/** One step, from a time t to the next, s. */
export interface Step {
  /** At t, shape `[B, ...event]`. */
  readonly x: Tensor;
  /** What the step before has left, each of the shape of x; zeros at the first. */
  readonly memory: readonly Tensor[];
  /** The numbers of this pair, in the order of the sampler's plan. */
  readonly numbers: readonly Tensor[];
  /** Where the step begins. */
  readonly t: Moment;
  /** Where it ends. */
  readonly s: Moment;
  /** Asks the denoiser. */
  readonly denoise: (x: Tensor, at: Moment) => Denoised;
  /** For this step alone. */
  readonly key: Key;
}

/**
 * A way from noise to data along a grid of times.
 *
 * Whatever a step needs beside x and the denoiser depends on the grid alone, and is computed beforehand for all steps at
 * once; a step is then the same few operations for every pair, so that a program holds one. Steps end at times above 0:
 * the last, to the data, is the denoiser's mean, whatever the sampler.
 */
export abstract class Sampler {
  /** Whether it adds noise: one start then leads to many ends. */
  abstract readonly isRandom: boolean;

  /** How many tensors like x are handed from step to step beside x. */
  readonly memory: number = 0;

  /** The numbers of every step, each of shape `[K]`. */
  abstract plan(pairs: Pairs): readonly Tensor[];

  /** x at s, and behind it what the next step is to remember. */
  abstract step(step: Step): readonly Tensor[];
}

/** w_1 x_1 + w_2 x_2 + ... */
export function affine(weights: readonly Tensor[], terms: readonly Tensor[]): Tensor {
  return terms.map((term, i) => tf.mul(weights[i]!, term)).reduce((sum, term) => tf.add(sum, term));
}
