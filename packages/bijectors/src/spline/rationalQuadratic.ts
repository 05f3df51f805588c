import { type Tensor, untracked, withGradient } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * The increasing rational-quadratic map of [0, 1] onto itself with given slopes at its ends, and its slope.
 *
 * With D = 1 + (d0 + d1 - 2) z (1 - z): r = (z^2 + d0 z (1 - z)) / D and
 * dr/dz = (d1 z^2 + 2 z (1 - z) + d0 (1 - z)^2) / D^2. The sums are of positive numbers, and D >= 1/2.
 *
 * Source: Gregory and Delbourgo, IMA J. Numer. Anal. 2 (1982) 123; Durkan et al., arXiv:1906.04032, eq. 4 and 5, with
 * both axes in units of the bin.
 *
 * @param z in [0, 1], shape `[...]`
 * @param d0 dr/dz at 0, positive, shape `[...]`
 * @param d1 dr/dz at 1, positive, shape `[...]`
 */
export function rationalQuadratic(z: Tensor, d0: Tensor, d1: Tensor): [r: Tensor, slope: Tensor] {
  const rest = tf.sub(1, z);
  const product = tf.mul(z, rest);
  const square = tf.square(z);
  const D = tf.add(1, tf.mul(tf.sub(tf.add(d0, d1), 2), product));
  const numerator = tf.add(square, tf.mul(d0, product));
  const rise = tf.add(tf.mul(d1, square), tf.mul(d0, tf.square(rest)));
  const slope = tf.div(tf.add(rise, tf.mul(2, product)), tf.square(D));
  return [tf.div(numerator, D), slope];
}

/**
 * The z that {@link rationalQuadratic} maps to r.
 *
 * With m = d0 (1 - r) - d1 r, k = 4 r (1 - r) and q = m + sqrt(m^2 + k) it is 2 r / (2 r + q): the root of eq. 6 to 8
 * of the source with a discriminant that cannot be negative. Where m is, q = k / (sqrt(m^2 + k) - m).
 *
 * @param r in [0, 1] but for rounding, shape `[...]`
 */
export function rationalQuadraticRoot(r: Tensor, d0: Tensor, d1: Tensor): Tensor {
  const inUnit = withGradient(
    r,
    (r) => tf.minimum(tf.maximum(r, 0), 1),
    (dy) => dy,
  );
  const rest = tf.sub(1, inUnit);
  const m = tf.sub(tf.mul(d0, rest), tf.mul(d1, inUnit));
  const k = tf.mul(4, tf.mul(inUnit, rest));
  const sum = tf.add(tf.abs(m), tf.sqrt(tf.add(tf.square(m), k)));
  const q = tf.where(
    untracked(() => tf.greaterEqual(m, 0)),
    sum,
    tf.div(k, sum),
  );
  const twice = tf.mul(2, inUnit);
  return tf.div(twice, tf.add(twice, q));
}
