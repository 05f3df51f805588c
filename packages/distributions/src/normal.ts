import { broadcastShapes, type Key, ndtr, ndtri, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { checkFinite, checkPositive, type ParameterLike, shapeOf, tensorOf } from './parameters.js';

/**
 * The normal law of a number, N(loc, scale^2):
 * log p(x) = -((x - loc) / scale)^2 / 2 - log scale - log(2 pi) / 2.
 *
 * Samples are loc + scale eps, so gradients reach both parameters.
 */
export class Normal extends Distribution {
  override readonly eventShape: readonly number[] = [];
  override readonly batchShape: readonly number[];

  /**
   * @param loc mean, shape `[...batch]`
   * @param scale standard deviation > 0, shape `[...batch]`
   * @throws DomainError for numbers out of range; tensors are not read
   */
  constructor(
    readonly loc: ParameterLike,
    readonly scale: ParameterLike,
  ) {
    super();
    checkFinite('Normal: loc', loc);
    checkPositive('Normal: scale', scale);
    this.batchShape = broadcastShapes('Normal', shapeOf(loc), shapeOf(scale));
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const volume = tf.add(tf.log(tensorOf(this.scale)), 0.5 * Math.log(2 * Math.PI));
      return tf.sub(tf.mul(-0.5, tf.square(this.standardise(x))), volume);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const noise = key.normal([...shape, ...this.batchShape]);
      return tf.add(tensorOf(this.loc), tf.mul(tensorOf(this.scale), noise));
    });
  }

  override mean(): Tensor {
    return tf.tidy(() => tf.broadcastTo(tensorOf(this.loc), [...this.batchShape]));
  }

  override variance(): Tensor {
    return tf.tidy(() => tf.broadcastTo(tf.square(tensorOf(this.scale)), [...this.batchShape]));
  }

  override entropy(): Tensor {
    return tf.tidy(() =>
      tf.broadcastTo(tf.add(tf.log(tensorOf(this.scale)), 0.5 * Math.log(2 * Math.PI * Math.E)), [
        ...this.batchShape,
      ]),
    );
  }

  override cdf(x: Tensor): Tensor {
    return tf.tidy(() => ndtr(this.standardise(x)));
  }

  override quantile(p: Tensor): Tensor {
    return tf.tidy(() => tf.add(tensorOf(this.loc), tf.mul(tensorOf(this.scale), ndtri(p))));
  }

  private standardise(x: Tensor): Tensor {
    return tf.div(tf.sub(x, tensorOf(this.loc)), tensorOf(this.scale));
  }
}
