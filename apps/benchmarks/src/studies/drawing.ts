import type { Tensor } from '@pushforward/tensors';
import type { VAE } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** Images that are drawn together. */
const block = 500;

/** Contexts that a model is to draw in, row after row. */
export interface Asked {
  readonly x: Float32Array;
  readonly features: number;
}

/**
 * The mean image at each latent in each context, row after row.
 *
 * @param z shape `[N, L]`, which is freed
 */
export async function meanImages(model: VAE, z: Tensor, asked: Asked): Promise<Float32Array> {
  const count = z.shape[0];
  const rows: Float32Array[] = [];
  for (let start = 0; start < count; start += block) {
    const size = Math.min(block, count - start);
    const images = tf.tidy(() => {
      const contexts = tf.tensor2d(asked.x, [count, asked.features]);
      const law = model.likelihoodAt(tf.slice(z, start, size), tf.slice(contexts, start, size));
      return law.mean!();
    });
    rows.push((await images.data()) as Float32Array);
    images.dispose();
  }
  z.dispose();
  const features = rows[0]!.length / Math.min(block, count);
  const all = new Float32Array(count * features);
  for (const [i, part] of rows.entries()) all.set(part, i * block * features);
  return all;
}
