import { Distribution } from '@pushforward/distributions';
import {
  broadcastShapes,
  checkCount,
  clip,
  type Key,
  log1mexp,
  logSigmoid,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { onSupport } from './support.js';

/** How far a grey value may be from its level, in levels: float32 holds k / 255 far better. */
const NEAR = 0.01;

/**
 * The logistic law rounded to N levels x = k / (N - 1), k = 0 .. N - 1, with the tails on the outermost two:
 * P(k) = F(x + h) - F(x - h), h = 1 / (2 (N - 1)), F(x) = sigmoid((x - loc) / scale).
 *
 * With a < b the arguments of the two sigmoids, log P = log sigmoid(b) + log sigmoid(-a) + log(1 - e^(a - b)): exact in
 * the tails as well. The first term is missing on the highest level, the second on the lowest, the third on both. log P
 * is a probability, not a density. Draws carry no gradient.
 *
 * Source: Salimans et al., "PixelCNN++", arXiv:1701.05517, eq. 2.
 */
export class DiscretisedLogistic extends Distribution {
  override readonly eventShape: readonly number[] = [];
  override readonly batchShape: readonly number[];

  /**
   * @param loc shape `[...batch]`
   * @param scale > 0, shape `[...batch]`
   * @param levels N >= 2
   */
  constructor(
    readonly loc: Tensor,
    readonly scale: Tensor,
    readonly levels = 256,
  ) {
    super();
    checkCount('DiscretisedLogistic', 'levels', levels, 2);
    this.batchShape = broadcastShapes('DiscretisedLogistic', loc.shape, scale.shape);
  }

  override get reparameterised(): boolean {
    return false;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const top = this.levels - 1;
      const level = untracked(() => tf.round(tf.mul(top, clip(x, 0, 1))));
      const centred = tf.sub(tf.div(level, top), this.loc);
      const half = 0.5 / top;
      const below = logSigmoid(tf.div(tf.add(centred, half), this.scale));
      const above = logSigmoid(tf.div(tf.sub(half, centred), this.scale));
      const [isBelowTop, isAboveBottom] = [tf.less(level, top), tf.greater(level, 0)].map((mask) =>
        tf.cast(mask, 'float32'),
      );
      const logProb = tf.add(
        tf.add(tf.mul(isBelowTop!, below), tf.mul(isAboveBottom!, above)),
        tf.mul(tf.mul(isBelowTop!, isAboveBottom!), log1mexp(tf.div(2 * half, this.scale))),
      );
      const excess = (x: Tensor) => tf.sub(tf.abs(tf.sub(tf.mul(top, x), level)), NEAR);
      return onSupport(x, excess, logProb);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() =>
      untracked(() => {
        const top = this.levels - 1;
        // Between the numbers that float32 can hold, so that both logarithms are finite.
        const u = tf.add(key.uniform([...shape, ...this.batchShape]), 2 ** -24);
        const noise = tf.sub(tf.log(u), tf.log(tf.sub(1, u)));
        const x = tf.add(this.loc, tf.mul(this.scale, noise));
        return tf.div(tf.round(tf.mul(top, clip(x, 0, 1))), top);
      }),
    );
  }
}
