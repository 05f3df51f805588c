import { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** A function that uses a kernel, with arguments that show its corners; engines differ in what they take. */
export type Case = (engine: string) => {
  fn: (...x: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  args: tf.Tensor[];
};

let seed = 0;

/** Normal numbers, other ones at each call. */
export const normal = (...shape: number[]) => Key.from(seed++).normal(shape);

export const integers = (values: number[], shape: number[] = [values.length]) =>
  tf.tensor(values, shape, 'int32');
