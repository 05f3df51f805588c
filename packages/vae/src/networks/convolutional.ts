import {
  type Activation,
  activation,
  Conv2d,
  ConvTranspose2d,
  Linear,
  Network,
  zeros,
} from '@pushforward/nn';
import {
  checkCount,
  checkEvent,
  checkOptions,
  DomainError,
  type Key,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { NetworkBuilder } from './builder.js';
import { halving } from './halving.js';
import { withLinearPath } from './linearPath.js';

/** Options of {@link convolutionalEncoder} and {@link convolutionalDecoder}. */
export interface ConvolutionalOptions {
  /** Height, width and channels of an image, such as `[28, 28, 1]`. */
  readonly image: readonly [height: number, width: number, channels: number];
  /** Channels of the images that are halved, from the largest to the smallest; `[32, 64]` by default. */
  readonly channels?: readonly number[];
  /** Between the layers; `'relu'` by default. */
  readonly activation?: Activation;
  /** Whether there is a linear map beside the layers; true by default. */
  readonly linearPath?: boolean;
}

/** Image, and context behind it -> halved images -> numbers. */
class Encoder extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  readonly layers: readonly Conv2d[];
  readonly last: Linear;
  private readonly image: readonly number[];
  private readonly pixels: number;
  private readonly activation: (x: Tensor) => Tensor;

  constructor(
    key: Key,
    sizes: { readonly inputs: number; readonly outputs: number },
    options: Required<ConvolutionalOptions>,
  ) {
    super();
    const { image, channels } = options;
    this.inputs = sizes.inputs;
    this.outputs = sizes.outputs;
    this.image = image;
    this.pixels = tf.util.sizeFromShape([...image]);
    this.activation = activation(options.activation);
    if (sizes.inputs < this.pixels)
      throw new ShapeError(
        `convolutionalEncoder: an image of ${image.join(' x ')} is read, but there are ${sizes.inputs} inputs.`,
      );
    const keys = key.split(channels.length + 1);
    const all = [image[2], ...channels];
    this.layers = channels.map((to, i) => new Conv2d(keys[i]!, all[i]!, to, halving));
    const [height, width] = halved(image, channels.length);
    const features = height * width * all.at(-1)! + sizes.inputs - this.pixels;
    this.last = new Linear(keys.at(-1)!, features, sizes.outputs, {
      initialiser: zeros,
      bias: zeros,
    });
  }

  override apply(x: Tensor): Tensor {
    checkEvent('convolutionalEncoder', x, [this.inputs]);
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, this.inputs]);
      const count = rows.shape[0];
      const first = tf.reshape(tf.slice(rows, [0, 0], [count, this.pixels]), [
        count,
        ...this.image,
      ]);
      const images = this.layers.reduce((h, layer) => this.activation(layer.apply(h)), first);
      const flat = tf.reshape(images, [count, -1]);
      const all =
        this.inputs === this.pixels ? flat : tf.concat([flat, tf.slice(rows, [0, this.pixels])], 1);
      return tf.reshape(this.last.apply(all), [...x.shape.slice(0, -1), this.outputs]);
    });
  }
}

/** Numbers -> small images -> doubled ones. */
class Decoder extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  readonly first: Linear;
  readonly layers: readonly ConvTranspose2d[];
  private readonly smallest: readonly number[];
  private readonly activation: (x: Tensor) => Tensor;

  constructor(
    key: Key,
    sizes: { readonly inputs: number; readonly outputs: number },
    options: Required<ConvolutionalOptions>,
  ) {
    super();
    const { image, channels } = options;
    this.inputs = sizes.inputs;
    this.outputs = sizes.outputs;
    this.activation = activation(options.activation);
    const depth = sizes.outputs / (image[0] * image[1]);
    if (!Number.isInteger(depth))
      throw new ShapeError(
        `convolutionalDecoder: ${sizes.outputs} outputs are not as many for each of ${image[0]} x ${image[1]} pixels.`,
      );
    const keys = key.split(channels.length + 1);
    this.smallest = [...halved(image, channels.length), channels.at(-1)!];
    this.first = new Linear(keys[0]!, sizes.inputs, tf.util.sizeFromShape([...this.smallest]));
    this.layers = channels.map((_, i) => {
      const place = channels.length - 1 - i;
      const to = place === 0 ? depth : channels[place - 1]!;
      const size = halved(image, place);
      const options = place === 0 ? { ...halving, initialiser: zeros, bias: zeros } : halving;
      return new ConvTranspose2d(keys[i + 1]!, channels[place]!, to, size, options);
    });
  }

  override apply(x: Tensor): Tensor {
    return tf.tidy(() => {
      const start = tf.reshape(this.first.apply(x), [-1, ...this.smallest]);
      const images = this.layers.reduce((h, layer) => layer.apply(this.activation(h)), start);
      return tf.reshape(images, [...x.shape.slice(0, -1), this.outputs]);
    });
  }
}

/**
 * An encoder of images: layers of 4 x 4 windows, each of which halves height and width, a linear layer that starts at zero,
 * and beside them a linear path. A context is read by the last layer. The engine `wasm` has no gradient of a convolution of
 * its own; compiled programs, such as the steps of `fit`, have.
 *
 * Source of the layers: Radford, Metz and Chintala, "DCGAN", arXiv:1511.06434.
 *
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or no image of x
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, convolutionalDecoder, convolutionalEncoder, vae } from '@pushforward/vae';
 * const shape = { image: [8, 8, 1], channels: [8, 16] } as const;
 * const model = vae(Key.from(1), {
 *   likelihood: bernoulli(64),
 *   latent: 4,
 *   encoder: convolutionalEncoder(shape),
 *   decoder: convolutionalDecoder(shape),
 * });
 * model.sample(Key.from(2), [10]).shape; // [10, 64]
 * ```
 */
export function convolutionalEncoder(options: ConvolutionalOptions): NetworkBuilder {
  const settings = checkConvolutional('convolutionalEncoder', options);
  return builder(settings, (key, sizes) => new Encoder(key, sizes, settings));
}

/**
 * A decoder of images: a linear layer, layers of transposed 4 x 4 windows, each of which doubles height and width and the last
 * of which starts at zero, and beside them a linear path.
 *
 * Of the numbers for each pixel as many are its channels as the likelihood asks for.
 *
 * Source of the layers: Radford, Metz and Chintala, "DCGAN", arXiv:1511.06434.
 *
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or no image of x
 */
export function convolutionalDecoder(options: ConvolutionalOptions): NetworkBuilder {
  const settings = checkConvolutional('convolutionalDecoder', options);
  return builder(settings, (key, sizes) => new Decoder(key, sizes, settings));
}

function builder(
  { linearPath }: Required<ConvolutionalOptions>,
  build: NetworkBuilder,
): NetworkBuilder {
  return linearPath ? (key, sizes) => withLinearPath(key, (key) => build(key, sizes)) : build;
}

function checkConvolutional(
  where: string,
  options: ConvolutionalOptions,
): Required<ConvolutionalOptions> {
  checkOptions(where, options, ['image', 'channels', 'activation', 'linearPath']);
  const { image, channels = [32, 64], activation = 'relu', linearPath = true } = options;
  for (const size of [...image, ...channels]) checkCount(where, 'a size', size, 1);
  if ((image as readonly number[]).length !== 3 || channels.length === 0)
    throw new DomainError(
      `${where}: an image [H, W, C] and at least one layer are needed, ` +
        `got [${image.join(', ')}] and ${channels.length} layers.`,
    );
  return { image, channels, activation, linearPath };
}

/** Height and width after so many halvings. */
function halved([height, width]: readonly number[], times: number): [number, number] {
  const half = (size: number) => Math.ceil(size / 2 ** times);
  return [half(height!), half(width!)];
}
