import { checkEvent, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * w(A) = tr((I + alpha A)^D) - D: 0 for every acyclic graph, and the larger the more weight there is on closed walks.
 *
 * A single closed walk of k edges counts about 1/(k - 1)!, a ring of all D dimensions D^(1 - D): cycles of more than
 * about 30 edges underflow in float32, so that whether there is one is a question for {@link findCycle}.
 *
 * It is computed as the trace of N_D = (I + alpha A)^D - I by N_2k = 2 N_k + N_k^2 and N_k+1 = N_k + alpha A +
 * alpha N_k A. No term is negative and nothing cancels: w is right to a few roundings of its own size, and the products
 * number at most 2 log2 D.
 *
 * Source: Yu, Chen, Gao and Yu, "DAG-GNN", arXiv:1904.10098, theorem 1; Wehenkel and Louppe, "Graphical normalizing
 * flows", AISTATS 2021, section 4.2.
 *
 * @param A shape `[D, D]`, entries >= 0
 * @param alpha > 0; 1/D by default
 * @returns a scalar; with entries up to 1 it is at most D (1 + alpha (D - 1))^D
 */
export function acyclicity(A: Tensor, alpha?: number): Tensor {
  const size = A.shape.at(-1) ?? 0;
  checkEvent('acyclicity', A, [size, size]);
  return tf.tidy(() => {
    const step = tf.mul<tf.Tensor2D>(A, alpha ?? 1 / size);
    const bits = size.toString(2).slice(1);
    let power = step;
    for (const bit of bits) {
      power = tf.add(tf.mul(2, power), tf.matMul(power, power));
      if (bit === '1') power = tf.add(tf.add(power, step), tf.matMul(power, step));
    }
    return tf.sum(tf.mul(power, tf.eye(size)));
  });
}
