import { elementwise, type Key, sigmoid, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** What probabilities keep away from 0 and 1, so that their logarithms are finite. */
const MARGIN = 1e-6;

/**
 * sigma(a) = 2 (sigmoid(2 a^2) - 1/2) = tanh(a^2): the probability of an edge, in [0, 1).
 *
 * Its slope is 8 a sigmoid(2 a^2) sigmoid(-2 a^2): 1 - tanh^2 would be 0 from |a| = 3.1 on, and an edge that is as good
 * as certain could not be taken back.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, section 4.3. Section 6.4.3 of Wehenkel's
 * thesis prints sigma(A_ij^2), which taken at its word is tanh(a^4).
 */
export const edgeProbability = elementwise(
  (a) => tf.tanh(tf.square(a)),
  (a) => {
    const u = tf.mul(2, tf.square(a));
    return tf.mul(tf.mul(8, a), tf.mul(sigmoid(u), sigmoid(tf.neg(u))));
  },
);

/**
 * Gates that are open with the given probability, softened so that they have a gradient:
 * exp((log p + g1) / T) / (exp((log p + g1) / T) + exp((log(1 - p) + g2) / T)) with g1, g2 ~ Gumbel(0, 1).
 *
 * They are above 1/2 with probability p, whatever T is, and near 0 or 1 where T is small.
 *
 * Source: Maddison, Mnih and Teh, "The concrete distribution", arXiv:1611.00712, section 3.3; Wehenkel and Louppe,
 * "Graphical normalizing flows", AISTATS 2021, section 4.3.
 *
 * @param probability p, shape `[...shape]`
 * @param batch independent gates for each of so many
 * @param temperature T > 0
 * @returns shape `[...batch, ...shape]`
 */
export function gumbelGates(
  key: Key,
  probability: Tensor,
  batch: readonly number[],
  temperature: number,
): Tensor {
  return tf.tidy(() => {
    const shape = [...batch, ...probability.shape];
    const [g1, g2] = key.split(2).map((key) => key.gumbel(shape)) as [Tensor, Tensor];
    const open = tf.log(tf.add(probability, MARGIN));
    const shut = tf.log(tf.add(tf.sub(1, probability), MARGIN));
    const noise = tf.sub(g1, g2);
    return sigmoid(tf.div(tf.add(tf.sub(open, shut), noise), temperature));
  });
}
