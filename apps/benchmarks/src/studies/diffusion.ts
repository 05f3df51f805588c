import {
  type CompileSamplerOptions,
  compileSampler,
  type Denoiser,
  lowerBound,
  variational,
} from '@pushforward/diffusion';
import type { Key, Tensor } from '@pushforward/tensors';

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

/** Bounds of log p of each row of x `[N, ...event]` by all steps of the chain, in nats: the mean of so many, each with other noise. */
export async function boundsOfRows(
  key: Key,
  denoiser: Denoiser,
  x: Tensor,
  repeats: number,
): Promise<number[]> {
  const bounds = await lowerBound(key, denoiser, x, {
    ...{ objective: variational({ terms: 'all' }), draws: repeats },
    rowsAtOnce: 200,
  });
  try {
    return [...(await bounds.data())];
  } finally {
    bounds.dispose();
  }
}
