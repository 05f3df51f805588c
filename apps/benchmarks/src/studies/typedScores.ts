import type { Split } from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import { anomalyScores, type VAE } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** The two scores of each row. */
export interface TypedScores {
  readonly residual: readonly number[];
  readonly divergence: readonly number[];
}

/** Rows that are scored together. */
const block = 1000;

/** How unusual a model finds rows; a conditional one given their context. */
export async function typedScores(key: Key, model: VAE, split: Split): Promise<TypedScores> {
  const [residual, divergence]: [number[], number[]] = [[], []];
  for (let start = 0; start < split.length; start += block) {
    const batch = split.slice(start, Math.min(start + block, split.length)).batch();
    const context = model.contextSize > 0 ? batch.context : undefined;
    const options = { draws: 5, ...(context && { context }) };
    const scores = anomalyScores(key.foldIn(start), model, batch.x, options);
    residual.push(...(await scores.residual.data()));
    divergence.push(...(await scores.divergence.data()));
    tf.dispose([batch, scores.residual, scores.divergence]);
  }
  return { residual, divergence };
}
