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

/** How many rows above its own, and columns to the left and to the right, a window reads. */
export interface Sides {
  readonly above: number;
  readonly left: number;
  readonly right: number;
}

/** What a {@link CausalConvolution} reads. */
interface Window extends Sides {
  /** Channels in and out. */
  readonly from: number;
  readonly to: number;
  /** Which channels of a pixel itself each channel reads, `[from][to]`; all where it is left out. */
  readonly ownPixel?: readonly (readonly number[])[];
}

/**
 * A convolution whose window ends at its own pixel: `[N, H, W, from]` -> `[N, H, W, to]` reads rows `i - above .. i` and columns
 * `j - left .. j + right`, and where there is nothing, zeros.
 */
export class CausalConvolution extends Module {
  readonly weight: Variable;
  readonly bias: Variable;
  private readonly mask: Tensor | undefined;

  constructor(
    key: Key,
    private readonly window: Window,
  ) {
    super();
    const { above, left, right, from, to, ownPixel } = window;
    const size = [above + 1, left + 1 + right];
    const [forWeight, forBias] = key.split(2);
    const fan = { in: size[0]! * size[1]! * from, out: to };
    this.weight = parameter(() => fanInUniform(forWeight, [...size, from, to], fan));
    this.bias = parameter(() => fanInUniform(forBias, [to], fan));
    if (ownPixel !== undefined)
      this.mask = constant(() => {
        const own = tf.reshape(tf.tensor2d(ownPixel as number[][]), [1, 1, from, to]);
        return tf.concat([tf.ones([1, left, from, to]), own], 1);
      });
  }

  apply(x: Tensor): Tensor {
    return tf.tidy(() => {
      const { above, left, right } = this.window;
      const padded = tf.pad(x, [
        [0, 0],
        [above, 0],
        [left, right],
        [0, 0],
      ]) as tf.Tensor4D;
      const weight = this.mask === undefined ? this.weight : tf.mul(this.weight, this.mask);
      return tf.add(tf.conv2d(padded, weight as unknown as tf.Tensor4D, 1, 'valid'), this.bias);
    });
  }
}
