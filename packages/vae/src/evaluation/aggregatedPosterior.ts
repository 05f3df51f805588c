import { type Distribution, Mixture } from '@pushforward/distributions';
import { ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { LatentVariableModel } from '../contracts.js';

/**
 * The law of z over data, q(z) = 1/N sum_n q(z | x_n): where it is not the prior, what the model draws is not what it
 * was trained to decode.
 *
 * It lives as long as the tensors of the posteriors: use it inside the `tf.tidy` that it was made in.
 *
 * @param x shape `[N, ...event]`
 * @param context shape `[N, C]`, of a conditional model
 * @returns a law of events `[L]`
 * @throws ShapeError unless x has rows
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { aggregatedPosterior, bernoulli, perceptron, vae } from '@pushforward/vae';
 * import * as tf from '@tensorflow/tfjs';
 * const networks = { encoder: perceptron([8]), decoder: perceptron([8]) };
 * const model = vae(Key.from(1), { likelihood: bernoulli(6), latent: 2, ...networks });
 * const x = Key.from(2).bernoulli(0.5, [10, 6]);
 * const z = tf.tidy(() => aggregatedPosterior(model, x).sample(Key.from(3), [500])); // [500, 2]
 * ```
 */
export function aggregatedPosterior(
  model: LatentVariableModel,
  x: Tensor,
  context?: Tensor,
): Distribution {
  return mixtureOf(model.posteriorAt(x, context));
}

/** Of the laws that one law holds along its batch, `[N]`. */
export function mixtureOf(laws: Distribution): Distribution {
  if (laws.batchShape.length !== 1)
    throw new ShapeError(
      `aggregatedPosterior: rows [N, ...event] are needed, got a batch of shape [${laws.batchShape.join(', ')}].`,
    );
  return new Mixture(tf.zeros([...laws.batchShape]), laws);
}
