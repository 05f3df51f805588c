import { broadcastShapes, clip, DomainError, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { checkFinite, numbersOf, type ParameterLike, shapeOf, tensorOf } from './parameters.js';
import { onSupport } from './support.js';

/**
 * The uniform law of a number on [low, high]: log p(x) = -log(high - low) inside, -Infinity outside.
 *
 * Samples are low + (high - low) u, so gradients reach both bounds.
 */
export class Uniform extends Distribution {
  override readonly eventShape: readonly number[] = [];
  override readonly batchShape: readonly number[];

  /**
   * @param low shape `[...batch]`
   * @param high above low, shape `[...batch]`
   * @throws DomainError for numbers out of range; tensors are not read
   */
  constructor(
    readonly low: ParameterLike,
    readonly high: ParameterLike,
  ) {
    super();
    checkFinite('Uniform: low', low);
    checkFinite('Uniform: high', high);
    checkOrder(numbersOf(low), numbersOf(high));
    this.batchShape = broadcastShapes('Uniform', shapeOf(low), shapeOf(high));
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const inside = (x: Tensor) =>
        tf.logicalAnd(tf.greaterEqual(x, tensorOf(this.low)), tf.lessEqual(x, tensorOf(this.high)));
      return onSupport(x, inside, tf.neg(tf.log(this.width())));
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => this.quantile(key.uniform([...shape, ...this.batchShape])));
  }

  override mean(): Tensor {
    return tf.tidy(() => tf.mul(0.5, tf.add(tensorOf(this.low), tensorOf(this.high))));
  }

  override variance(): Tensor {
    return tf.tidy(() => tf.div(tf.square(this.width()), 12));
  }

  override entropy(): Tensor {
    return tf.tidy(() => tf.log(this.width()));
  }

  override cdf(x: Tensor): Tensor {
    return tf.tidy(() => clip(tf.div(tf.sub(x, tensorOf(this.low)), this.width()), 0, 1));
  }

  override quantile(p: Tensor): Tensor {
    return tf.tidy(() => tf.add(tensorOf(this.low), tf.mul(this.width(), p)));
  }

  private width(): Tensor {
    return tf.sub(tensorOf(this.high), tensorOf(this.low));
  }
}

/** Throws unless each number is below its partner; one number is the partner of all. */
function checkOrder(lows: readonly number[], highs: readonly number[]): void {
  for (let i = 0; i < Math.max(lows.length, highs.length); i++) {
    const [low, high] = [lows, highs].map((ends) => ends[ends.length === 1 ? 0 : i]);
    if (low! >= high!)
      throw new DomainError(`Uniform: low must be below high, got ${low!} and ${high!}.`);
  }
}
