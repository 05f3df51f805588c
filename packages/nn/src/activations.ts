import {
  elementwise,
  elu,
  ndtr,
  OptionError,
  sigmoid,
  softplus,
  type Tensor,
  tanh,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Elementwise functions between the layers of a network, by name; each can be differentiated twice. */
const activations = {
  /** max(x, 0). */
  relu: (x) => tf.relu(x),
  /** x where x > 0, else x / 100. */
  leakyRelu: elementwise(
    (x) => tf.leakyRelu(x, 0.01),
    (x) => tf.maximum(tf.step(x), 0.01),
  ),
  /** x where x > 0, else e^x - 1 (Clevert et al., arXiv:1511.07289). */
  elu,
  /** tanh x. */
  tanh,
  /** 1 / (1 + e^-x). */
  sigmoid,
  /** log(1 + e^x). */
  softplus,
  /** x sigmoid(x) (Elfwing et al., arXiv:1702.03118). */
  silu: elementwise(
    (x) => tf.mul(x, tf.sigmoid(x)),
    (x) => {
      const share = sigmoid(x);
      return tf.mul(share, tf.add(1, tf.sub(x, tf.mul(x, share))));
    },
  ),
  /** x Phi(x), with Phi the distribution function of N(0, 1) (Hendrycks and Gimpel, arXiv:1606.08415). */
  gelu: (x) => tf.mul(x, ndtr(x)),
} satisfies Record<string, (x: Tensor) => Tensor>;

/** The name of an activation. */
export type Activation = keyof typeof activations;

/** The names of all activations. */
export const activationNames = Object.keys(activations) as readonly Activation[];

/**
 * The elementwise function of that name.
 *
 * @throws OptionError for any other name, which plain JavaScript or a file may hold
 */
export function activation(name: Activation): (x: Tensor) => Tensor {
  if (!Object.hasOwn(activations, name))
    throw new OptionError(`activation: known are ${activationNames.join(', ')}, got '${name}'.`);
  return activations[name];
}
