import { type Batch, Key, Module, parameter, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { FitOptions, TrainingData } from '../src/index.js';

/** Rows of numbers, shuffled by the key. */
export function rows(values: readonly number[]): TrainingData {
  return {
    length: values.length,
    *batches(key, size) {
      const order = [...key.permutation(values.length)].map((i) => values[i]!);
      for (let i = 0; i < order.length; i += size)
        yield { x: tf.tensor2d(order.slice(i, i + size), [Math.min(size, order.length - i), 1]) };
    },
  };
}

/** Least squares to a number: the best value is the mean of the data. */
export class Mean extends Module {
  readonly value = tf.tidy(() => parameter(tf.scalar(0)));

  loss({ x }: Batch, _key: Key): Tensor {
    return tf.tidy(() => tf.mean(tf.square(tf.sub(x, this.value))));
  }

  get number(): number {
    return this.value.dataSync()[0]!;
  }
}

export const key = Key.from(7);
export const data = rows([1, 2, 3, 6, 8]);
/** A run of a tenth of a second. */
export const quick: FitOptions = { key, epochs: 30, batchSize: 2, learningRate: 0.3 };
