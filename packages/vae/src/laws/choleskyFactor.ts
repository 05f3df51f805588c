import { placeColumns, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Numbers below the diagonal of a D x D matrix. */
export function countBelow(size: number): number {
  return (size * (size - 1)) / 2;
}

/**
 * The lower triangular matrix with a given diagonal and given numbers below it, row by row.
 *
 * @param diagonal shape `[..., D]`
 * @param below shape `[..., D (D - 1) / 2]`
 * @returns shape `[..., D, D]`
 */
export function choleskyFactor(diagonal: Tensor, below: Tensor): Tensor {
  const size = diagonal.shape.at(-1)!;
  const onDiagonal = tf.mul(tf.expandDims(diagonal, -1), tf.eye(size));
  if (size === 1) return onDiagonal;
  const places = Array.from({ length: size ** 2 }, (_, place) => place).filter(
    (place) => place % size < Math.floor(place / size),
  );
  return tf.add(onDiagonal, tf.reshape(placeColumns(below, places, size ** 2), onDiagonal.shape));
}
