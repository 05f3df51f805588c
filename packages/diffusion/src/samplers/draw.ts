import { checkContext, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';
import { type WalkOptions, walk } from './walk.js';

/**
 * Draws of data: noise, and a walk from there.
 *
 * @param shape draws for each row of the context; one by default
 * @param context shape `[...contextBatch, contextSize]`
 * @returns shape `[...shape, ...contextBatch, ...event]`
 * @throws as `walk` does
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
