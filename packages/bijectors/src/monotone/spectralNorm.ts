import { exp, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Squarings: the bound is at the most a factor of rank^(2^-8) too large, 2 % for rank 200. */
const SQUARINGS = 7;

/**
 * W, divided so that |x W - x' W| <= bound |x - x'|; unchanged where that holds.
 *
 * The largest singular value is bounded from above by the Schatten norm (sum sigma_i^p)^(1/p) with p = 2^8, the trace of
 * a power of W^T W found by squaring. Unlike the power iteration in general use, which approaches the norm from below, it
 * keeps no state, is the same in training and out of it, and never promises too much.
 *
 * Source: Gouk et al., "Regularisation of neural networks by enforcing Lipschitz continuity", arXiv:1804.04368,
 * algorithm 2, for the division.
 *
 * @param weight shape `[inputs, outputs]`
 */
export function withNormAtMost(weight: Tensor, bound: number): Tensor {
  return tf.tidy(() => {
    const [inputs, outputs] = weight.shape as [number, number];
    const size = Math.min(inputs, outputs);
    const identity = tf.eye(size);
    const trace = (m: Tensor) => tf.sum(tf.mul(m, identity));
    let gram: Tensor = tf.matMul(weight, weight, inputs > outputs, inputs <= outputs);
    let logNorm: Tensor = tf.scalar(0);
    // tr(G^(2^k)) with G divided by its trace at each squaring, lest it leave the range of float32.
    let power = 1;
    for (let k = 0; ; k++) {
      const size = tf.add(trace(gram), 1e-30);
      logNorm = tf.add(logNorm, tf.div(tf.log(size), power));
      if (k === SQUARINGS) break;
      const scaled = tf.div(gram, size);
      gram = tf.matMul(scaled, scaled);
      power *= 2;
    }
    // log of the norm of G = W^T W is twice that of W.
    const excess = tf.sub(tf.mul(0.5, logNorm), Math.log(bound));
    return tf.mul(weight, exp(tf.neg(tf.relu(excess))));
  });
}
