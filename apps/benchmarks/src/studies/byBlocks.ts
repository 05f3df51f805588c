import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Rows that go through a network together. */
const size = 250;

/**
 * What a function makes of rows, some of them at a time.
 *
 * @param x shape `[N, D]`
 * @param f rows `[n, D]`, and which of them comes first -> `[n, ...]`
 * @returns shape `[N, ...]`
 */
export function byBlocks(x: Tensor, f: (rows: Tensor, start: number) => Tensor): Tensor {
  return tf.tidy(() => {
    const count = x.shape[0];
    const blocks = Array.from({ length: Math.ceil(count / size) }, (_, i) =>
      tf.tidy(() => {
        const start = i * size;
        return f(tf.slice(x, [start, 0], [Math.min(size, count - start), -1]), start);
      }),
    );
    return tf.concat(blocks);
  });
}
