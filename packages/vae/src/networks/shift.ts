import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Along axis 1 each entry takes the place of the next; the first becomes zero: `[N, T, ...]`. */
export function shift(x: Tensor): Tensor {
  const [count, steps, ...rest] = x.shape as [number, number, ...number[]];
  const start = x.shape.map(() => 0);
  const kept = tf.slice(x, start, [count, steps - 1, ...rest]);
  return tf.concat([tf.zeros([count, 1, ...rest]), kept], 1);
}
