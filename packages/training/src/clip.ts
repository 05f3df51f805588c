import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * All gradients times min(1, limit / ||g||), with ||g|| the Euclidean norm of all their entries together.
 *
 * The direction stays. Source: Pascanu et al., arXiv:1211.5063, algorithm 1.
 *
 * @param gradients any shapes; undefined entries stay undefined
 * @param limit > 0
 */
export function clipByGlobalNorm(
  gradients: readonly (Tensor | undefined)[],
  limit: number,
): (Tensor | undefined)[] {
  return tf.tidy(() => {
    const squares = gradients.flatMap((g) => (g === undefined ? [] : [tf.sum(tf.square(g))]));
    if (squares.length === 0) return [...gradients];
    // The tensor stands first: with the operands exchanged, the WebAssembly backend makes 1 of a NaN.
    const factor = tf.minimum(tf.div(limit, tf.sqrt(tf.addN(squares))), 1);
    return gradients.map((g) => (g === undefined ? undefined : tf.mul(g, factor)));
  });
}
