import { expm1, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * What each known mean counts in the integral, over a step of length h, of e^(u - h) times the polynomial through them.
 *
 * A predictor knows the means at the start of the step and before, a corrector that at its end as well. The first steps know
 * fewer; what they do not know counts nothing.
 *
 * @param gains h of every step, shape `[K]`
 * @param order how many means there are at most up to the start of a step
 * @returns weights, each `[K]`: for a corrector of the mean at the end first, then of that at the start and those before
 */
export function exponentialWeights(
  gains: Tensor,
  order: number,
  kind: 'predictor' | 'corrector',
): Tensor[] {
  const steps = gains.shape[0];
  const parts: Tensor[][] = [];
  for (let first = 0; first < Math.min(order, steps); first++) {
    // Step k < order - 1 knows k + 1 means up to its start, all later ones `order`.
    const count = first === order - 1 ? steps - first : 1;
    const h = tf.slice(gains, first, count);
    const nodes = kind === 'corrector' ? [tf.onesLike(h), tf.zerosLike(h)] : [tf.zerosLike(h)];
    for (let back = 1; back <= first; back++)
      nodes.push(tf.sub(nodes.at(-1)!, tf.div(tf.slice(gains, first - back, count), h)));
    const missing = Array.from({ length: order - 1 - first }, () => tf.zerosLike(h));
    parts.push([...weightsOf(nodes, h), ...missing]);
  }
  return parts[0]!.map((_, i) => tf.concat(parts.map((part) => part[i]!)));
}

/** The integrals of h e^(-h (1 - u)) times each Lagrange polynomial of the nodes, over u from 0 to 1. */
function weightsOf(nodes: readonly Tensor[], h: Tensor): Tensor[] {
  const moments = [tf.neg(expm1(tf.neg(h)))];
  for (let n = 1; n < nodes.length; n++)
    moments.push(tf.sub(1, tf.mul(tf.div(n, h), moments[n - 1]!)));
  return nodes.map((node, i) => {
    // From the constant to the highest power of u.
    let polynomial: Tensor[] = [tf.onesLike(h)];
    for (const [j, other] of nodes.entries()) {
      if (j === i) continue;
      const scale = tf.div(1, tf.sub(node, other));
      const up = [tf.zerosLike(h), ...polynomial];
      const down = [...polynomial, tf.zerosLike(h)];
      polynomial = up.map((c, power) => tf.mul(scale, tf.sub(c, tf.mul(other, down[power]!))));
    }
    return polynomial
      .map((c, power) => tf.mul(c, moments[power]!))
      .reduce((sum, term) => tf.add(sum, term));
  });
}
