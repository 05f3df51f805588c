import { fanInUniform } from '@pushforward/nn';
import {
  constant,
  type Key,
  Module,
  parameter,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** How many rows above and below its own, and columns to the left and to the right, a window reads. */
export interface Sides {
  readonly above: number;
  readonly below: number;
  readonly left: number;
  readonly right: number;
}

/** What a {@link WindowConvolution} reads, and how it starts. */
interface Window extends Sides {
  /** Channels in and out. */
  readonly from: number;
  readonly to: number;
  /** Of a window of one row that ends at its own pixel: which channels of that one are read, `[from][to]`; all by default. */
  readonly ownPixel?: readonly (readonly number[])[];
  /** Factor on the start, 0 for one that starts at zero; 1 by default. */
  readonly scale?: number;
}

/**
 * A convolution that keeps the size of images, `[N, H, W, from]` -> `[N, H, W, to]`: pixel (i, j) reads rows
 * `i - above .. i + below` and columns `j - left .. j + right`, and zeros where there is nothing.
 */
export class WindowConvolution extends Module {
  readonly weight: Variable;
  readonly bias: Variable;
  private readonly mask: Tensor | undefined;

  constructor(
    key: Key,
    private readonly window: Window,
  ) {
    super();
    const { above, below, left, right, from, to, ownPixel, scale = 1 } = window;
    const size = [above + 1 + below, left + 1 + right];
    const [forWeight, forBias] = key.split(2);
    const fan = { in: size[0]! * size[1]! * from, out: to };
    const start = (key: Key, shape: readonly number[]) => () =>
      tf.mul(scale, fanInUniform(key, shape, fan));
    this.weight = parameter(start(forWeight, [...size, from, to]));
    this.bias = parameter(start(forBias, [to]));
    if (ownPixel !== undefined)
      this.mask = constant(() => {
        const own = tf.reshape(tf.tensor2d(ownPixel as number[][]), [1, 1, from, to]);
        return tf.concat([tf.ones([1, left, from, to]), own], 1);
      });
  }

  apply(x: Tensor): Tensor {
    return tf.tidy(() => {
      const { above, below, left, right } = this.window;
      const padded = tf.pad(x, [
        [0, 0],
        [above, below],
        [left, right],
        [0, 0],
      ]) as tf.Tensor4D;
      const weight = this.mask === undefined ? this.weight : tf.mul(this.weight, this.mask);
      return tf.add(tf.conv2d(padded, weight as unknown as tf.Tensor4D, 1, 'valid'), this.bias);
    });
  }
}
