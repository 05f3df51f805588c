import type { Batch, Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Rows of a tensor as what `fit` trains on. */
export function rowsOf(x: Tensor) {
  const [length] = x.shape as [number];
  return {
    length,
    *batches(_key: Key, size: number): Iterable<Batch> {
      for (let i = 0; i < length; i += size)
        yield { x: tf.slice(x, i, Math.min(size, length - i)) };
    },
  };
}
