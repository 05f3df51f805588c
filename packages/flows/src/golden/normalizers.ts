/** The scales and slopes of the reference, which are other than those of our affine and spline normalizers. */
import {
  inverseRationalQuadraticSpline,
  Normalizer,
  rationalQuadraticSpline,
} from '@pushforward/bijectors';
import { exp, softmax, softplus, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** z = x e^s + t with (t, s) = h. */
export class ShiftAndScale extends Normalizer {
  override readonly parameterCount = 2;

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    const [shift, logScale] = tf.unstack(h, -1) as [Tensor, Tensor];
    return [tf.add(tf.mul(x, exp(logScale)), shift), logScale];
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    const [shift, logScale] = tf.unstack(h, -1) as [Tensor, Tensor];
    return [tf.mul(tf.sub(y, shift), exp(tf.neg(logScale))), tf.neg(logScale)];
  }
}

/** z = (x - m) e^-a with (m, a) = h. */
export class Standardise extends Normalizer {
  override readonly parameterCount = 2;

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    const [mean, logScale] = tf.unstack(h, -1) as [Tensor, Tensor];
    return [tf.mul(tf.sub(x, mean), exp(tf.neg(logScale))), tf.neg(logScale)];
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    const [mean, logScale] = tf.unstack(h, -1) as [Tensor, Tensor];
    return [tf.add(tf.mul(y, exp(logScale)), mean), logScale];
  }
}

/** The spline of Durkan et al. with their smallest bin and slope. */
export class Spline extends Normalizer {
  override readonly parameterCount: number;

  constructor(
    private readonly bins: number,
    private readonly bound: number,
  ) {
    super();
    this.parameterCount = 3 * bins - 1;
  }

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    return rationalQuadraticSpline(x, ...this.knots(h));
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    return inverseRationalQuadraticSpline(y, ...this.knots(h));
  }

  private knots(h: Tensor): [Tensor, Tensor, Tensor] {
    const least = 2 ** -10;
    const [widths, heights, raw] = tf.split(h, [this.bins, this.bins, this.bins - 1], -1) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const one = tf.ones([...h.shape.slice(0, -1), 1]);
    const slopes = tf.add(least, softplus(tf.add(raw, Math.log(Math.expm1(1 - least)))));
    return [this.positions(widths), this.positions(heights), tf.concat([one, slopes, one], -1)];
  }

  private positions(logits: Tensor): Tensor {
    const least = 2 ** -10;
    const sizes = tf.add(least, tf.mul(1 - least * this.bins, softmax(logits)));
    const before = tf.tensor2d(
      Array.from({ length: this.bins }, (_, i) =>
        Array.from({ length: this.bins - 1 }, (_, k) => Number(i <= k)),
      ),
    );
    const inner = tf.matMul(tf.reshape(sizes, [-1, this.bins]), before);
    const end = tf.ones([...logits.shape.slice(0, -1), 1]);
    const parts = tf.concat(
      [tf.zerosLike(end), tf.reshape(inner, [...logits.shape.slice(0, -1), this.bins - 1]), end],
      -1,
    );
    return tf.sub(tf.mul(2 * this.bound, parts), this.bound);
  }
}
