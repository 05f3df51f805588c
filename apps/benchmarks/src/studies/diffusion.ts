import { compile } from '@pushforward/compile';
import {
  type CompileSamplerOptions,
  compileSampler,
  type Denoiser,
  variational,
} from '@pushforward/diffusion';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * Draws by steps that are compiled.
 *
 * @param context shape `[count, C]`, for a conditional denoiser
 * @returns shape `[count, ...event]`
 */
export async function drawBySteps(
  key: Key,
  denoiser: Denoiser,
  count: number,
  way: CompileSamplerOptions,
  context?: Tensor,
): Promise<Tensor> {
  const draw = compileSampler(denoiser, way);
  try {
    return await draw(key, context === undefined ? [count] : [], context);
  } finally {
    draw.dispose();
  }
}

/** The bound of log p by the steps of a chain, one of them for each row. */
export const boundOfSteps = variational();

/** Rows that go through all steps together. */
const block = 200;

/**
 * Bounds of log p of each row by all steps of the chain, in nats: the mean of so many, each with noise of its own.
 *
 * @param x shape `[N, ...event]`
 */
export async function boundsOfRows(
  key: Key,
  denoiser: Denoiser,
  x: Tensor,
  repeats: number,
): Promise<number[]> {
  const objective = variational({ terms: 'all' });
  const run = compile((x: Tensor, key: Key) => objective.rowLosses(denoiser, { x }, key));
  const bounds: number[] = [];
  const axes = x.shape.slice(1).map(() => 0);
  try {
    for (let start = 0; start < x.shape[0]; start += block) {
      const rows = tf.slice(
        x,
        [start, ...axes],
        [Math.min(block, x.shape[0] - start), ...x.shape.slice(1)],
      );
      const sums = new Float64Array(rows.shape[0]);
      for (let n = 0; n < repeats; n++) {
        const losses = await run(rows, key.foldIn(bounds.length + n * x.shape[0]));
        for (const [i, loss] of (await losses.data()).entries()) sums[i]! -= loss / repeats;
        losses.dispose();
      }
      rows.dispose();
      bounds.push(...sums);
    }
    return bounds;
  } finally {
    run.dispose();
    objective.dispose();
  }
}
