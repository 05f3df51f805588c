import { type Bracket, increasingRoot, type Tensor, tanh } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * The t with t + k tanh t = r, which is unique for k > -1: what planar and Sylvester flows come to along one direction.
 *
 * @param r any shape
 * @param slope 1 + k > 0, that at t = 0; the shape of r
 * @param steps evaluations: 20 leave nothing but rounding for slopes from 1e-6 to 1000, 12 for those from 0.01 to 2
 */
export function tanhRoot(r: Tensor, slope: Tensor, steps = 20): Tensor {
  return increasingRoot(sum, r, [slope], bracket, steps);
}

/** t + k tanh t, and its slope. */
function sum(t: Tensor, slope: Tensor | undefined): [Tensor, Tensor] {
  const k = tf.sub(slope!, 1);
  const h = tanh(t);
  return [tf.add(t, tf.mul(k, h)), tf.sub(slope!, tf.mul(k, tf.square(h)))];
}

/**
 * Between r and the closer of two lines, the tangent at 0 and the asymptote: on each side of 0 the sum is concave for k > 0 and
 * convex for k < 0, so that both lines lie on one side of it.
 */
function bracket(r: Tensor, slope: Tensor | undefined): Bracket {
  const size = tf.abs(r);
  const [tangent, asymptote] = [tf.div(size, slope!), tf.sub(size, tf.sub(slope!, 1))];
  const isConcave = tf.greaterEqual(slope!, 1);
  const line = tf.where(isConcave, tf.maximum(tangent, asymptote), tf.minimum(tangent, asymptote));
  // A little wider than rounding is.
  const ends = [
    tf.mul(1 - 1e-5, tf.minimum(size, line)),
    tf.mul(1 + 1e-5, tf.maximum(size, line)),
  ] as const;
  const isPositive = tf.greaterEqual(r, 0);
  return {
    low: tf.where(isPositive, ends[0], tf.neg(ends[1])),
    high: tf.where(isPositive, ends[1], tf.neg(ends[0])),
    start: tf.where(isPositive, line, tf.neg(line)),
  };
}
