import { checkContext, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';
import { type WalkOptions, walk } from './walk.js';

/**
 * Draws of data: noise of the schedule's `priorScale`, and a `walk` from there.
 *
 * @param shape draws for each row of the context; one by default
 * @param context shape `[...contextBatch, contextSize]`
 * @returns shape `[...shape, ...contextBatch, ...event]`
 * @throws as `walk` does
 *
 * @example
 * ```ts
 * import { draw, gaussianDenoiser, heun, variancePreserving } from '@pushforward/diffusion';
 * import { Key } from '@pushforward/tensors';
 * const denoiser = gaussianDenoiser(variancePreserving(), [1], [[0.25]]);
 * const x = draw(Key.from(1), denoiser, { sampler: heun(), steps: 20 }, [1000]); // [1000, 1]
 * ```
 */
export function draw(
  key: Key,
  denoiser: Denoiser,
  options: WalkOptions = {},
  shape: readonly number[] = [],
  context?: Tensor,
): Tensor {
  const [forStart, forSteps] = key.split(2);
  return tf.tidy(() =>
    walk(forSteps, denoiser, noiseFor(denoiser, forStart, shape, context), options, context),
  );
}

/** x at time 1, shape `[...shape, ...contextBatch, ...event]`. */
export function noiseFor(
  { schedule, eventShape, contextSize }: Denoiser,
  key: Key,
  shape: readonly number[],
  context: Tensor | undefined,
): Tensor {
  checkContext('a draw', contextSize, context);
  const batch = context?.shape.slice(0, -1) ?? [];
  return tf.tidy(() =>
    tf.mul(schedule.priorScale(), key.normal([...shape, ...batch, ...eventShape])),
  );
}
