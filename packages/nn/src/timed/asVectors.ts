import { ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { TimedNetwork } from '../timedNetwork.js';
import { checkTimed } from './checkTimed.js';

class AsVectors extends TimedNetwork {
  override readonly eventShape: readonly number[];
  override readonly outputShape: readonly number[];
  override readonly contextSize: number;
  /** Results for each number of x. */
  private readonly kinds: number;

  constructor(readonly network: TimedNetwork) {
    super();
    const { eventShape, outputShape } = network;
    const size = tf.util.sizeFromShape([...eventShape]);
    this.kinds = tf.util.sizeFromShape([...outputShape]) / size;
    if (!Number.isInteger(this.kinds))
      throw new ShapeError(
        `asVectors: as many results for each number of x are needed, ` +
          `got [${outputShape.join(', ')}] for [${eventShape.join(', ')}].`,
      );
    this.eventShape = [size];
    this.outputShape = [this.kinds * size];
    this.contextSize = network.contextSize;
  }

  override apply(x: Tensor, t: Tensor, context?: Tensor): Tensor {
    checkTimed('asVectors', this, x, t, context);
    return tf.tidy(() => {
      const count = x.shape[0];
      const events = tf.reshape(x, [count, ...this.network.eventShape]);
      const results = this.network.apply(events, t, context);
      // A split into one has no gradient.
      if (this.kinds === 1) return tf.reshape(results, x.shape);
      const kinds = tf.split(results, this.kinds, -1);
      return tf.concat(
        kinds.map((kind) => tf.reshape(kind, [count, -1])),
        1,
      );
    });
  }
}

/**
 * A network of images or sequences as one of vectors, which are those written row by row, as the rows of a data set
 * are. Where it gives twice as many channels, those of the second half come behind all of the first.
 *
 * @returns a network of x of shape `[B, D]`, D = H W C; disposing it disposes the one that is given
 * @throws ShapeError for a network whose results are not as many for each number of x
 *
 * @example
 * ```ts
 * import { asVectors, UNet } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const net = asVectors(new UNet(Key.from(1), { image: [8, 8, 1], channels: [8, 16], blocks: 1 }));
 * const y = net.apply(Key.from(2).normal([2, 64]), Key.from(3).uniform([2])); // [2, 64]
 * ```
 */
export function asVectors(network: TimedNetwork): TimedNetwork {
  return new AsVectors(network);
}
