import {
  checkCount,
  checkOptions,
  DomainError,
  type Key,
  Module,
  parameter,
  ShapeError,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Fan, fanInUniform, type Initialiser } from './initialisers.js';

/** Options of {@link Conv2d} and {@link ConvTranspose2d}. */
export interface ConvOptions {
  /** Edge of the windows in pixels, or rows and columns of them; 3 by default. */
  readonly window?: number | readonly [rows: number, columns: number];
  /** Pixels from one window to the next, or rows and columns of them, as many as its edge at most; 1 by default. */
  readonly stride?: number | readonly [rows: number, columns: number];
  /** Start of the weight; `fanInUniform` by default. */
  readonly initialiser?: Initialiser;
  /** Start of the bias, `fanInUniform` by default; false for no bias. */
  readonly bias?: Initialiser | boolean;
}

/** A convolution or a transposed one: windows of weights, and a bias for each channel. */
abstract class Convolution extends Module {
  /** Channels in. */
  readonly inputs: number;

  /** Channels out. */
  readonly outputs: number;

  /** Of windows: rows, columns, channels of the larger image, channels of the smaller one. */
  readonly weight: Variable;

  /** Shape `[outputs]`; undefined for a layer without one. */
  readonly bias: Variable | undefined;

  /** Pixels from one window to the next, down and across. */
  protected readonly stride: [number, number];

  constructor(
    private readonly where: string,
    key: Key,
    inputs: number,
    outputs: number,
    options: ConvOptions,
    start: (window: number, stride: number) => { channels: readonly number[]; fan: Fan },
  ) {
    super();
    checkOptions(where, options, ['window', 'stride', 'initialiser', 'bias']);
    const { initialiser = fanInUniform, bias = true } = options;
    const [rows, columns] = pairOf(options.window ?? 3);
    this.stride = pairOf(options.stride ?? 1);
    const sizes = { inputs, outputs, rows, columns, stride: Math.min(...this.stride) };
    for (const [name, size] of Object.entries(sizes)) checkCount(where, name, size, 1);
    if (rows < this.stride[0] || columns < this.stride[1])
      throw new DomainError(
        `${where}: windows of ${rows} x ${columns} at strides of ${this.stride.join(' x ')} leave pixels unread; ` +
          'make them as large as the strides at least.',
      );
    const { channels, fan } = start(rows * columns, this.stride[0] * this.stride[1]);
    const [forWeight, forBias] = key.split(2);
    this.inputs = inputs;
    this.outputs = outputs;
    this.weight = parameter(() => initialiser(forWeight, [rows, columns, ...channels], fan));
    const startOfBias = bias === true ? fanInUniform : bias;
    if (startOfBias) this.bias = parameter(() => startOfBias(forBias, [outputs], fan));
  }

  /**
   * The value at every image of a batch.
   *
   * @param x shape `[B, H, W, inputs]`
   * @returns shape `[B, H', W', outputs]`
   * @throws ShapeError for x of another shape
   */
  apply(x: Tensor): Tensor {
    if (x.rank !== 4 || x.shape[3] !== this.inputs)
      throw new ShapeError(
        `${this.where}: expected images of shape [B, H, W, ${this.inputs}], got [${x.shape.join(', ')}].`,
      );
    return tf.tidy(() => {
      const y = this.product(x as tf.Tensor4D, this.weight as unknown as tf.Tensor4D);
      return this.bias === undefined ? y : tf.add(y, this.bias);
    });
  }

  /** What is linear of it: the value but for the bias. */
  protected abstract product(x: tf.Tensor4D, weight: tf.Tensor4D): Tensor;
}

/**
 * A convolution: every pixel of the result is a sum over a window of x, which reads zeros beyond the image.
 *
 * With windows k x l, y[i, j] = b + sum over a < k, b < l of x[s i + a - p, s j + b - q] W[a, b], for a stride s; p and
 * q centre the windows. Height and width become ceil(H / s) and ceil(W / s). The engine `wasm` has no gradient of a
 * convolution of its own; compiled programs, such as the steps of `fit`, have.
 *
 * @example
 * ```ts
 * import { Conv2d } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const layer = new Conv2d(Key.from(1), 3, 8, { window: 5, stride: 2 });
 * const y = layer.apply(Key.from(2).normal([10, 28, 28, 3])); // [10, 14, 14, 8]
 * ```
 */
export class Conv2d extends Convolution {
  /**
   * @param inputs channels in
   * @param outputs channels out
   * @throws OptionError or DomainError for options that are unknown, sizes that are no positive integers, or a stride
   *   beyond the window
   */
  constructor(key: Key, inputs: number, outputs: number, options: ConvOptions = {}) {
    super('Conv2d', key, inputs, outputs, options, (window, stride) => ({
      channels: [inputs, outputs],
      fan: { in: window * inputs, out: (window * outputs) / stride },
    }));
  }

  protected override product(x: tf.Tensor4D, weight: tf.Tensor4D): Tensor {
    return tf.conv2d(x, weight, this.stride, 'same');
  }
}

/**
 * The transpose of a {@link Conv2d}, as a linear map of images, and a bias: a stride of 2 doubles height and width.
 *
 * The result has the size that is asked for, H x W, for x of size ceil(H / s) x ceil(W / s). Its windows lie as
 * `[rows, columns, outputs, inputs]`.
 *
 * @example
 * ```ts
 * import { ConvTranspose2d } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const layer = new ConvTranspose2d(Key.from(1), 8, 3, [7, 5], { window: 4, stride: 2 });
 * const y = layer.apply(Key.from(2).normal([10, 4, 3, 8])); // [10, 7, 5, 3]
 * ```
 */
export class ConvTranspose2d extends Convolution {
  /**
   * @param inputs channels in
   * @param outputs channels out
   * @param size H and W of the result
   * @throws OptionError or DomainError for options that are unknown, sizes that are no positive integers, or a stride
   *   beyond the window
   */
  constructor(
    key: Key,
    inputs: number,
    outputs: number,
    private readonly size: readonly [height: number, width: number],
    options: ConvOptions = {},
  ) {
    super('ConvTranspose2d', key, inputs, outputs, options, (window, stride) => ({
      channels: [outputs, inputs],
      // A pixel of the result is reached by so many of a window.
      fan: { in: (window * inputs) / stride, out: window * outputs },
    }));
    for (const edge of size) checkCount('ConvTranspose2d', 'a size', edge, 1);
  }

  protected override product(x: tf.Tensor4D, weight: tf.Tensor4D): Tensor {
    const expected = this.size.map((edge, axis) => Math.ceil(edge / this.stride[axis]!));
    if (expected.some((edge, axis) => x.shape[axis + 1] !== edge))
      throw new ShapeError(
        `ConvTranspose2d: expected images of ${expected.join(' x ')} pixels, got ${x.shape.slice(1, 3).join(' x ')}.`,
      );
    const shape: [number, number, number, number] = [x.shape[0], ...this.size, this.outputs];
    return tf.conv2dTranspose(x, weight, shape, this.stride, 'same');
  }
}

function pairOf(size: number | readonly [number, number]): [number, number] {
  return typeof size === 'number' ? [size, size] : [...size];
}
