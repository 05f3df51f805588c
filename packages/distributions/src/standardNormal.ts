import { type Key, sumLast, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';

/** Independent N(0, 1) numbers in an event of any shape. */
export class StandardNormal extends Distribution {
  override readonly eventShape: readonly number[];

  /** @internal made by {@link standardNormal} */
  constructor(eventShape: readonly number[]) {
    super();
    this.eventShape = [...eventShape];
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const half = tf.mul(0.5, sumLast(tf.square(x), this.eventShape.length));
      return tf.sub(-0.5 * Math.log(2 * Math.PI) * this.size, half);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return key.normal([...shape, ...this.eventShape]);
  }

  override mean(): Tensor {
    return tf.zeros([...this.eventShape]);
  }

  override variance(): Tensor {
    return tf.ones([...this.eventShape]);
  }

  override entropy(): Tensor {
    return tf.scalar(0.5 * Math.log(2 * Math.PI * Math.E) * this.size);
  }

  private get size(): number {
    return this.eventShape.reduce((size, n) => size * n, 1);
  }
}

/**
 * The law of independent standard normal numbers, from which most flows start:
 * log p(x) = -|x|^2 / 2 - D/2 log(2 pi).
 *
 * It holds no weights.
 *
 * @param eventShape shape of one event: `[D]` for a vector, `[H, W, C]` for an image
 *
 * @example
 * ```ts
 * import { standardNormal } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * const base = standardNormal([2]);
 * const [z, logProb] = base.sampleAndLogProb(Key.from(1), [100]); // [100, 2], [100]
 * ```
 */
export function standardNormal(eventShape: readonly number[]): StandardNormal {
  return new StandardNormal(eventShape);
}
