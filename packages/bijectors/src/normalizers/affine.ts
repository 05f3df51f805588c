import { checkAbove, checkOptions, exp, softClip, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Normalizer } from '../normalizer.js';

/** Options of {@link AffineNormalizer}. */
export interface AffineNormalizerOptions {
  /** The scale stays in (1/scaleBound, scaleBound); 10 by default. Steps of a flow multiply theirs. */
  readonly scaleBound?: number;
}

/**
 * y = s x + t with (t, r) = h and s = exp(softClip(r, log scaleBound)).
 *
 * h = 0 is the identity. The soft clip is the identity near 0; without it, far from the data a conditioner of unbounded
 * output makes s so large or small that a few steps leave the range in which float32 inverts them.
 *
 * Source: Dinh, Sohl-Dickstein and Bengio, arXiv:1605.08803, eq. 5, with a bounded scale.
 */
export class AffineNormalizer extends Normalizer {
  override readonly parameterCount = 2;
  private readonly logBound: number;

  /** @throws DomainError for a bound that is not greater than 1 */
  constructor(options: AffineNormalizerOptions = {}) {
    super();
    checkOptions('AffineNormalizer', options, ['scaleBound']);
    const { scaleBound = 10 } = options;
    checkAbove('AffineNormalizer', 'scaleBound', scaleBound, 1);
    this.logBound = Math.log(scaleBound);
  }

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    return tf.tidy(() => {
      const { shift, logScale } = this.unpack(x, h);
      return [tf.add(tf.mul(x, exp(logScale)), shift), logScale];
    });
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    return tf.tidy(() => {
      const { shift, logScale } = this.unpack(y, h);
      const logDet = tf.neg(logScale);
      return [tf.mul(tf.sub(y, shift), exp(logDet)), logDet];
    });
  }

  private unpack(x: Tensor, h: Tensor): { shift: Tensor; logScale: Tensor } {
    this.check(x, h);
    // Rows are taken apart many times faster than columns.
    const rows = tf.unstack(tf.transpose(tf.reshape(h, [-1, 2])));
    const [shift, raw] = rows.map((row) => tf.reshape(row, x.shape)) as [Tensor, Tensor];
    return { shift, logScale: softClip(raw, this.logBound) };
  }
}
