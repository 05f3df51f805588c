import { TimedNetwork, UNet, type UNetOptions } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { ImageShape } from './imageFeatures.js';

/** Makes a network of images, a time and a context. */
export type ImageNetwork = (key: Key, image: ImageShape, context: number) => TimedNetwork;

/** Of a network of convolutions. */
export interface ConvolutionSize extends Pick<UNetOptions, 'channels' | 'blocks' | 'attention'> {
  /** Pixels along both edges of what convolutions take for one pixel of more channels; 1 by default. */
  readonly patch?: number;
}

/** Convolutions at falling sizes and back. */
export function convolutions({ patch = 1, ...options }: ConvolutionSize): ImageNetwork {
  return (key, [height, width, colours], context) => {
    const image = [height / patch, width / patch, colours * patch ** 2] as const;
    const network = new UNet(key, { image, context, ...options });
    return patch === 1 ? network : new Unfolded(network, patch);
  };
}

/** A network of patches as one of their pixels. */
class Unfolded extends TimedNetwork {
  override readonly eventShape: readonly number[];
  override readonly outputShape: readonly number[];
  override readonly contextSize: number;

  constructor(
    readonly network: TimedNetwork,
    private readonly patch: number,
  ) {
    super();
    const [height, width, channels] = network.eventShape as [number, number, number];
    this.eventShape = [height * patch, width * patch, channels / patch ** 2];
    this.outputShape = this.eventShape;
    this.contextSize = network.contextSize;
  }

  override apply(x: Tensor, t: Tensor, context?: Tensor): Tensor {
    return tf.tidy(() => {
      const { patch, network } = this;
      const [height, width, channels] = network.eventShape as [number, number, number];
      // Rows of pixels are cut into those of patches, and these put side by side.
      const line = channels / patch;
      const cut = tf.transpose(tf.reshape(x, [-1, patch, width, line]), [0, 2, 1, 3]);
      const y = network.apply(tf.reshape(cut, [-1, height, width, channels]), t, context);
      const lines = tf.transpose(tf.reshape(y, [-1, width, patch, line]), [0, 2, 1, 3]);
      return tf.reshape(lines, [-1, ...this.eventShape]);
    });
  }
}
