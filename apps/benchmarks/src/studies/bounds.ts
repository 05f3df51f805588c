import type { Key, Tensor } from '@pushforward/tensors';
import { kullbackLeibler, logLikelihood, type VAE } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** What a model makes of rows, in nats. */
export interface Bounds {
  /** The evidence lower bound of each row, with all constants. */
  readonly elbo: readonly number[];
  /** log p(x | z) of each row, at its draw z ~ q(z | x). */
  readonly reconstruction: readonly number[];
  /** The mean divergence KL(q(z | x) || p(z)) of each latent. */
  readonly divergences: readonly number[];
}

/** The evidence lower bound at one draw for each row, and its parts; of a model whose divergence is in closed form. */
export async function boundsOf(key: Key, model: VAE, x: Tensor): Promise<Bounds> {
  const tensors = tf.tidy(() => {
    const q = model.posteriorAt(x);
    const divergence = kullbackLeibler(q, model.priorAt())!;
    const reconstruction = model.likelihoodAt(q.sample(key)).logProb(x);
    return [
      tf.sub(reconstruction, tf.sum(divergence, -1)),
      reconstruction,
      tf.mean(divergence, 0),
    ] as const;
  });
  const [elbo, reconstruction, divergences] = await Promise.all(
    tensors.map(async (tensor) => [...(await tensor.data())]),
  );
  tf.dispose([...tensors]);
  return { elbo: elbo!, reconstruction: reconstruction!, divergences: divergences! };
}

/** KL(q(z | x) || p(z)), all latents together. */
export function divergenceOf({ divergences }: Bounds): number {
  return divergences.reduce((sum, each) => sum + each, 0);
}

/** The importance-weighted bound of so many draws for each row, the mean of so many estimates; with how many rows at once. */
export async function boundOf(
  key: Key,
  model: VAE,
  x: Tensor,
  draws: number,
  repeats: number,
  rowsAtOnce?: number,
): Promise<number[]> {
  const rows = x.shape[0];
  const repeated = tf.tile(x, [repeats, 1]);
  const values = await logLikelihood(key, model, repeated, {
    draws,
    ...(rowsAtOnce === undefined ? {} : { rowsAtOnce }),
  });
  const means = tf.tidy(() => tf.mean(tf.reshape(values, [repeats, rows]), 0));
  const numbers = [...(await means.data())];
  tf.dispose([repeated, values, means]);
  return numbers;
}
