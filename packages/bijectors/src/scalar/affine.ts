import { DomainError, ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Scalar } from './scalar.js';

/**
 * y = scale * x + shift, log|dy/dx| = log|scale|.
 *
 * @example
 * ```ts
 * import { Affine } from '@pushforward/bijectors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const toCelsius = new Affine(-160 / 9, 5 / 9);
 * const celsius = toCelsius.forward(tf.tensor1d([32, 212])); // 0 and 100
 * ```
 */
export class Affine extends Scalar {
  /**
   * @param shift a number, or a tensor or variable that broadcasts to the shape of x, such as `[D]`; kept, not copied
   * @param scale as `shift`, and not zero: a tensor with a zero gives a log-determinant of -Infinity
   * @throws DomainError for a scale that is the number zero, or for numbers that are not finite
   */
  constructor(
    readonly shift: Tensor | number = 0,
    readonly scale: Tensor | number = 1,
  ) {
    super();
    if (typeof shift === 'number' && !Number.isFinite(shift))
      throw new DomainError(`Affine: the shift must be finite, got ${shift}.`);
    if (typeof scale === 'number' && (scale === 0 || !Number.isFinite(scale)))
      throw new DomainError(`Affine: the scale must be finite and not zero, got ${scale}.`);
  }

  protected override map(x: Tensor): [Tensor, Tensor] {
    const y = tf.add(tf.mul(x, this.scale), this.shift);
    return [y, this.logScale(x, y)];
  }

  protected override unmap(y: Tensor): [Tensor, Tensor] {
    const x = tf.div(tf.sub(y, this.shift), this.scale);
    return [x, tf.neg(this.logScale(y, x))];
  }

  /** log|scale| in the shape of x. */
  private logScale(x: Tensor, image: Tensor): Tensor {
    if (image.rank !== x.rank || image.shape.some((size, i) => size !== x.shape[i]))
      throw new ShapeError(
        `Affine: shift and scale must broadcast to the shape of x, [${x.shape.join(', ')}]; ` +
          `the result would be [${image.shape.join(', ')}].`,
      );
    return tf.add(tf.zerosLike(x), tf.log(tf.abs(this.scale)));
  }
}
