import { type Tensor, withGradient } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * A draw that jumps as its parameter moves: its derivative is 0, and the comparisons within it, which TensorFlow.js
 * cannot differentiate, stay off the tape.
 */
export function discreteDraw(parameter: Tensor, draw: (parameter: Tensor) => Tensor): Tensor {
  return withGradient(parameter, draw, (_dy, parameter) => tf.zerosLike(parameter));
}
