import type { Batch, Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** The rows in order, whatever the key. */
export const inOrder = (x: Tensor, context?: Tensor) => ({
  length: x.shape[0],
  *batches(_key: Key, size: number): Iterable<Batch> {
    for (let i = 0; i < x.shape[0]; i += size)
      yield {
        x: tf.slice(x, i, size),
        ...(context && { context: tf.slice(context, i, size) }),
      };
  },
});
