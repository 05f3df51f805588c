import { clip, log1mexp, logNdtr, type Tensor, untracked } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** How far a number may be from its level, in levels: float32 holds k / 255 far better. */
const NEAR = 0.01;

/**
 * log P(x) of every number by a normal law rounded to N levels x = 2 k / (N - 1) - 1, k = 0 .. N - 1, with the tails on the outermost two:
 * P(x) = Phi((x + h - mean) / deviation) - Phi((x - h - mean) / deviation), h = 1 / (N - 1).
 *
 * Both arguments are taken on the side where Phi is small, which keeps the digits of their difference.
 *
 * Source: Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", arXiv:2006.11239, eq. 13.
 *
 * @param x `[...shape]`
 * @param mean what broadcasts with x
 * @param deviation > 0, what broadcasts with x
 * @param levels N >= 2
 * @returns `[...shape]`; -Infinity where x is not a level, NaN where it is NaN
 */
export function roundedNormal(x: Tensor, mean: Tensor, deviation: Tensor, levels: number): Tensor {
  const top = levels - 1;
  const half = 1 / top;
  const level = untracked(() => tf.round(tf.mul(top / 2, tf.add(clip(x, -1, 1), 1))));
  const centred = tf.sub(tf.sub(tf.mul(2 / top, level), 1), mean);
  const reach = tf.abs(centred);
  const [near, far] = [tf.sub(half, reach), tf.neg(tf.add(half, reach))].map((z) =>
    logNdtr(tf.div(z, deviation)),
  ) as [Tensor, Tensor];
  const between = tf.add(near, log1mexp(tf.sub(near, far)));
  const [isTop, isBottom] = [top, 0].map((edge) => untracked(() => tf.equal(level, edge))) as [
    Tensor,
    Tensor,
  ];
  const above = logNdtr(tf.div(tf.sub(half, centred), deviation));
  const below = logNdtr(tf.div(tf.add(half, centred), deviation));
  return tf.add(
    tf.where(isTop, above, tf.where(isBottom, below, between)),
    offLevel(x, level, top),
  );
}

/** 0 on a level, -Infinity beside it, NaN of NaN. */
function offLevel(x: Tensor, level: Tensor, top: number): Tensor {
  return untracked(() => {
    const off = tf.abs(tf.sub(tf.mul(top / 2, tf.add(x, 1)), level));
    // Comparisons with NaN are false, and 0 * NaN is NaN.
    return tf.where(tf.greater(off, NEAR), tf.fill(off.shape, -Infinity), tf.mul(0, off));
  });
}
