import { type Adjacency, Conditioner, depthOf } from '@pushforward/conditioners';
import {
  type Activation,
  activation,
  fanInUniform,
  Linear,
  MaskedLinear,
  scaled,
} from '@pushforward/nn';
import {
  broadcastShapes,
  checkContext,
  checkCount,
  checkEvent,
  checkOptions,
  DomainError,
  type Key,
  Module,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { ConditionerBuilder } from './conditionerBuilder.js';
import { shift } from './shift.js';
import { type Sides, WindowConvolution } from './windowConvolution.js';

/** Options of {@link pixelCNN}. */
export interface PixelCNNOptions {
  /** Height, width and channels of an image, such as `[28, 28, 1]`. */
  readonly image: readonly [height: number, width: number, channels: number];
  /** Channels of the hidden images, as many as the image has at least; 32 by default. */
  readonly hidden?: number;
  /** Layers after the first; 4 by default. */
  readonly layers?: number;
  /** Pixels that the first layer reaches to every side, 3 by default; each later one reaches one more. */
  readonly reach?: number;
  /** Between the layers; `'relu'` by default. */
  readonly activation?: Activation;
}

/** A layer of both stacks: of what is above, and of what is on its left. */
class Layer extends Module {
  constructor(
    readonly above: WindowConvolution,
    readonly left: WindowConvolution,
    readonly down: Linear,
  ) {
    super();
  }
}

class PixelCNN extends Conditioner {
  override readonly transformed: readonly number[];
  override readonly parameterCount: number;
  override readonly contextSize: number;
  readonly first: Layer;
  readonly layers: readonly Layer[];
  readonly ofContext: Linear | undefined;
  readonly last: MaskedLinear;
  private readonly image: readonly [number, number, number];
  private readonly activation: (x: Tensor) => Tensor;
  private readonly reach: number;
  private graph: Adjacency | undefined;

  constructor(
    key: Key,
    sizes: { readonly parameters: number; readonly context: number },
    options: Required<PixelCNNOptions>,
  ) {
    super();
    const { image, hidden, layers, reach } = options;
    const [height, width, channels] = image;
    const pixels = height * width;
    this.image = image;
    this.transformed = Array.from({ length: pixels * channels }, (_, i) => i);
    this.parameterCount = sizes.parameters;
    this.contextSize = sizes.context;
    this.activation = activation(options.activation);
    this.reach = reach + layers;
    const ofPixel = sizes.context / pixels;
    if (!Number.isInteger(ofPixel))
      throw new ShapeError(
        `pixelCNN: a context of ${sizes.context} is not as many numbers for each of ${pixels} pixels.`,
      );
    // Hidden channels are of one channel of the image each, and read no later one of their pixel.
    const group = (h: number) => Math.floor((h * channels) / hidden);
    const table = (from: number, to: number, reads: (from: number, to: number) => boolean) =>
      Array.from({ length: from }, (_, i) =>
        Array.from({ length: to }, (_, o) => Number(reads(i, o))),
      );
    const layer = (key: Key, from: number, sides: Sides, own: readonly (readonly number[])[]) => {
      const [forAbove, forLeft, forDown] = key.split(3);
      const window = { ...sides, from, to: hidden };
      return new Layer(
        new WindowConvolution(forAbove, window),
        new WindowConvolution(forLeft, { ...window, above: 0, right: 0, ownPixel: own }),
        new Linear(forDown, hidden, hidden),
      );
    };
    const [forFirst, forLayers, forContext, forLast] = key.split(4);
    // The first window is moved up by a row, which is a row of its reach.
    const sides = { above: reach - 1, below: 0, left: reach, right: reach };
    this.first = layer(
      forFirst,
      channels,
      sides,
      table(channels, hidden, (c, h) => c < group(h)),
    );
    const own = table(hidden, hidden, (i, o) => group(i) <= group(o));
    this.layers = forLayers
      .split(layers)
      .map((key) => layer(key, hidden, { above: 1, below: 0, left: 1, right: 1 }, own));
    if (ofPixel > 0) this.ofContext = new Linear(forContext, ofPixel, hidden);
    const outputs = channels * sizes.parameters;
    const start = scaled(fanInUniform, 0);
    const ofChannel = (o: number) => Math.floor(o / sizes.parameters);
    this.last = new MaskedLinear(
      forLast,
      table(outputs, hidden, (o, h) => group(h) <= ofChannel(o)),
      { initialiser: start, bias: start },
    );
  }

  override get adjacency(): Adjacency {
    this.graph ??= graphOf(this.image, this.reach);
    return this.graph;
  }

  override get depth(): number {
    return depthOf(this.adjacency);
  }

  override parametersOf(x: Tensor, context?: Tensor): Tensor {
    const features = this.transformed.length;
    checkEvent('pixelCNN', x, [features]);
    checkContext('pixelCNN', this.contextSize, context);
    return tf.tidy(() => {
      const held = context?.shape.slice(0, -1) ?? [];
      const batch = [...broadcastShapes('pixelCNN', x.shape.slice(0, -1), held)];
      const images = (x: Tensor) =>
        tf.reshape(tf.broadcastTo(x, [...batch, x.shape.at(-1)!]), [
          -1,
          ...this.image.slice(0, 2),
          x.shape.at(-1)! / (this.image[0] * this.image[1]),
        ]);
      const image = images(x);
      // What is above a row is what the window of the row before it has seen.
      let above = shift(this.first.above.apply(image));
      let left = tf.add(this.first.left.apply(image), this.first.down.apply(above));
      if (this.ofContext !== undefined) {
        const told = this.ofContext.apply(images(context!));
        above = tf.add(above, told);
        left = tf.add(left, told);
      }
      for (const layer of this.layers) {
        above = tf.add(above, layer.above.apply(this.activation(above)));
        const down = layer.down.apply(this.activation(above));
        left = tf.add(left, tf.add(layer.left.apply(this.activation(left)), down));
      }
      const outputs = this.last.apply(this.activation(left));
      return tf.reshape(outputs, [...batch, features, this.parameterCount]);
    });
  }
}

/** Each number reads those before it that are within reach: in the rows above to both sides, in its own on the left. */
function graphOf([height, width, channels]: readonly number[], reach: number): Adjacency {
  const places = Array.from({ length: height! * width! * channels! }, (_, i) => {
    const pixel = Math.floor(i / channels!);
    return { row: Math.floor(pixel / width!), column: pixel % width! };
  });
  return places.map((own, i) =>
    places.map(({ row, column }, j) => {
      const near = own.row - row <= reach && Math.abs(column - own.column) <= reach;
      return Number(j < i && near);
    }),
  );
}

/**
 * A conditioner of images whose numbers stand row by row, pixel by pixel, channel by channel: each reads those before it in that
 * order, all that are within `reach + layers` pixels, by masked convolutions. A stack of layers sees what is above, another what
 * is on the left, so that no pixel before is in a blind spot; a context of the same number of numbers for each pixel is read
 * by both. It starts at zero.
 *
 * What is out of reach of each other is drawn at once: a draw takes W + (reach + layers + 1) (H - 1) steps for each channel, or as
 * many as there are pixels if these are fewer. Fewer would not do: so long is the longest chain of pixels that read each other.
 * For 28 x 28 pixels and the defaults they are 244, each of which evaluates the network at all pixels.
 * The engine `wasm` has no gradient of a convolution of its own; compiled programs, such as the steps of `fit`, have.
 *
 * Source: van den Oord et al., "Pixel recurrent neural networks", arXiv:1601.06759, of the masks; "Conditional image generation
 * with PixelCNN decoders", arXiv:1606.05328, section 2.2, of the two stacks.
 *
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or no image of x
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { autoregressive, bernoulli, pixelCNN, vae } from '@pushforward/vae';
 * const network = pixelCNN({ image: [4, 4, 1], hidden: 8, layers: 2 });
 * const likelihood = autoregressive(Key.from(1), bernoulli(16), network);
 * const model = vae(Key.from(2), { likelihood, latent: 2 });
 * model.sample(Key.from(3), [5]).shape; // [5, 16]
 * ```
 */
export function pixelCNN(options: PixelCNNOptions): ConditionerBuilder {
  const where = 'pixelCNN';
  checkOptions(where, options, ['image', 'hidden', 'layers', 'reach', 'activation']);
  const { image, hidden = 32, layers = 4, reach = 3, activation = 'relu' } = options;
  if ((image as readonly number[]).length !== 3)
    throw new DomainError(`${where}: an image [H, W, C] is needed, got [${image.join(', ')}].`);
  for (const size of image) checkCount(where, 'a size', size, 1);
  checkCount(where, 'hidden', hidden, image[2]);
  checkCount(where, 'layers', layers, 0);
  checkCount(where, 'reach', reach, 1);
  return (key, sizes) => {
    if (image[0] * image[1] * image[2] !== sizes.features)
      throw new ShapeError(
        `${where}: an image of ${image.join(' x ')} is read, but there are ${sizes.features} numbers.`,
      );
    return new PixelCNN(key, sizes, { image, hidden, layers, reach, activation });
  };
}
