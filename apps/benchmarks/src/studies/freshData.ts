import type { Key, Tensor } from '@pushforward/tensors';
import type { TrainingData } from '@pushforward/training';

/**
 * Rows of a law that are drawn whenever they are asked for: for training new ones in every epoch, for validation the same
 * ones, as `fit` asks with the same key.
 *
 * @param length rows that make an epoch
 * @param draw n rows, shape `[n, ...event]`
 */
export function freshData(length: number, draw: (key: Key, n: number) => Tensor): TrainingData {
  return {
    length,
    *batches(key, size) {
      for (let start = 0; start < length; start += size)
        yield { x: draw(key.foldIn(start), Math.min(size, length - start)) };
    },
  };
}
