import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * Several kinds of parameters of D numbers, which stand number by number: those of a pixel are an image's channels
 * there.
 *
 * @param parameters shape `[..., D kinds M]`
 * @returns for each kind shape `[..., D, M]`
 */
export function perNumber(parameters: Tensor, features: number, kinds: number): Tensor[] {
  const rows = tf.reshape(parameters, [...parameters.shape.slice(0, -1), features, -1]);
  return tf.split(rows, kinds, -1);
}
