import { Conv2d, Network } from '@pushforward/nn';
import {
  checkCount,
  checkEvent,
  checkOptions,
  DomainError,
  type Key,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { halving } from './halving.js';

/** Options of {@link convolutionalFeatures}. */
export interface ConvolutionalFeaturesOptions {
  /** Height, width and channels of an image, such as `[28, 28, 1]`. */
  readonly image: readonly [height: number, width: number, channels: number];
  /** Channels of the images that are halved, from the largest to the smallest; `[16, 32]` by default. */
  readonly channels?: readonly number[];
}

/** Half of a rectifier's outputs are zero, and the layers' weights start with a variance of 1 / (3 fan in). */
const KEEP = Math.sqrt(6);

class ConvolutionalFeatures extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  readonly layers: readonly Conv2d[];

  constructor(
    key: Key,
    private readonly image: readonly [number, number, number],
    channels: readonly number[],
  ) {
    super();
    const keys = key.split(channels.length);
    const all = [image[2], ...channels];
    this.layers = channels.map((to, i) => new Conv2d(keys[i]!, all[i]!, to, halving));
    const pixels = (level: number) =>
      Math.ceil(image[0] / 2 ** level) * Math.ceil(image[1] / 2 ** level);
    this.inputs = pixels(0) * image[2];
    this.outputs = all.reduce((sum, count, level) => sum + pixels(level) * count, 0);
  }

  override apply(x: Tensor): Tensor {
    checkEvent('convolutionalFeatures', x, [this.inputs]);
    return tf.tidy(() => {
      const batch = x.shape.slice(0, -1);
      let image = tf.reshape(x, [-1, ...this.image]);
      const features = [image];
      for (const layer of this.layers) {
        image = tf.mul(KEEP, tf.relu(layer.apply(image)));
        features.push(image);
      }
      const flat = features.map((image) => tf.reshape(image, [image.shape[0], -1]));
      return tf.reshape(tf.concat(flat, 1), [...batch, this.outputs]);
    });
  }
}

/**
 * What an image shows at several sizes: its pixels, and the outputs of layers of 4 x 4 windows with rectifiers, each of which
 * halves height and width. The weights are random, and each layer keeps the size of its inputs; so that a distance of
 * features takes part in structure and no two images have none between them. The engine `wasm` has no gradient of a
 * convolution of its own; compiled programs, such as the steps of `fit`, have.
 *
 * Source of random features as a perceptual distance: Amir and Weiss, "Understanding and simplifying perceptual distances",
 * CVPR 2021.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { convolutionalFeatures, metricGaussian } from '@pushforward/vae';
 * const map = convolutionalFeatures(Key.from(1), { image: [8, 8, 1], channels: [4, 8] });
 * const likelihood = metricGaussian(64, map); // of 64 pixels, 16 x 4 and 4 x 8 features
 * ```
 */
export function convolutionalFeatures(key: Key, options: ConvolutionalFeaturesOptions): Network {
  const where = 'convolutionalFeatures';
  checkOptions(where, options, ['image', 'channels']);
  const { image, channels = [16, 32] } = options;
  if ((image as readonly number[]).length !== 3)
    throw new DomainError(`${where}: an image [H, W, C] is needed, got [${image.join(', ')}].`);
  for (const size of [...image, ...channels]) checkCount(where, 'a size', size, 1);
  return new ConvolutionalFeatures(key, image, channels);
}
