import { fanInUniform } from '@pushforward/nn';
import { type Key, Module, parameter, type Tensor, type Variable } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Edge of the windows, in pixels: twice the stride, so that all pixels count alike. */
const WINDOW = 4;
const STRIDE = 2;

/** Halves an image: `[B, H, W, from]` -> `[B, ceil(H / 2), ceil(W / 2), to]`. */
export class Halving extends Module {
  readonly weight: Variable;
  readonly bias: Variable;

  constructor(key: Key, from: number, to: number) {
    super();
    const [forWeight, forBias] = key.split(2);
    const fan = { in: WINDOW ** 2 * from, out: to };
    this.weight = parameter(() => fanInUniform(forWeight, [WINDOW, WINDOW, from, to], fan));
    this.bias = parameter(() => fanInUniform(forBias, [to], fan));
  }

  apply(x: Tensor): Tensor {
    return tf.tidy(() =>
      tf.add(
        tf.conv2d(x as tf.Tensor4D, this.weight as unknown as tf.Tensor4D, STRIDE, 'same'),
        this.bias,
      ),
    );
  }
}

/** Doubles an image, the transpose of {@link Halving}: `[B, ceil(H / 2), ceil(W / 2), from]` -> `[B, H, W, to]`. */
export class Doubling extends Module {
  readonly weight: Variable;
  readonly bias: Variable;

  /**
   * @param size H and W
   * @param scale factor on the start, 0 for one that starts at zero
   */
  constructor(
    key: Key,
    from: number,
    to: number,
    private readonly size: readonly [number, number],
    scale = 1,
  ) {
    super();
    const [forWeight, forBias] = key.split(2);
    // A pixel of the result is reached by a quarter of a window.
    const fan = { in: (WINDOW / STRIDE) ** 2 * from, out: to };
    const start = (key: Key, shape: readonly number[]) => () =>
      tf.mul(scale, fanInUniform(key, shape, fan));
    this.weight = parameter(start(forWeight, [WINDOW, WINDOW, to, from]));
    this.bias = parameter(start(forBias, [to]));
  }

  apply(x: Tensor): Tensor {
    return tf.tidy(() => {
      const to = this.bias.shape[0];
      const y = tf.conv2dTranspose(
        x as tf.Tensor4D,
        this.weight as unknown as tf.Tensor4D,
        [x.shape[0], ...this.size, to],
        STRIDE,
        'same',
      );
      return tf.add(y, this.bias);
    });
  }
}
