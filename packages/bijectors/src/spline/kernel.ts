import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * The monotone rational-quadratic spline through given knots, and the logarithm of its slope.
 *
 * @param x shape `[...]`, inside the knots
 * @param knotsX increasing, shape `[..., K + 1]`
 * @param knotsY increasing, shape `[..., K + 1]`
 * @param slopes at the knots, positive, shape `[..., K + 1]`
 */
export function rationalQuadraticSpline(
  x: Tensor,
  knotsX: Tensor,
  knotsY: Tensor,
  slopes: Tensor,
): [y: Tensor, logDet: Tensor] {
  return tf.tidy(() => {
    const { x0, y0, width, height, d0, d1 } = binOf(x, knotsX, knotsX, knotsY, slopes);
    const s = tf.div(height, width);
    const z = tf.div(tf.sub(x, x0), width);
    const zz = tf.mul(z, tf.sub(1, z));
    const numerator = tf.add(tf.mul(s, tf.square(z)), tf.mul(d0, zz));
    const denominator = tf.add(s, tf.mul(tf.sub(tf.add(d0, d1), tf.mul(2, s)), zz));
    const y = tf.add(y0, tf.div(tf.mul(height, numerator), denominator));
    return [y, logSlope(z, zz, s, d0, d1, denominator)];
  });
}

/** The inverse of {@link rationalQuadraticSpline}. */
export function inverseRationalQuadraticSpline(
  y: Tensor,
  knotsX: Tensor,
  knotsY: Tensor,
  slopes: Tensor,
): [x: Tensor, logDet: Tensor] {
  return tf.tidy(() => {
    const { x0, y0, width, height, d0, d1 } = binOf(y, knotsY, knotsX, knotsY, slopes);
    const s = tf.div(height, width);
    const u = tf.div(tf.sub(y, y0), height);
    const bend = tf.sub(tf.add(d0, d1), tf.mul(2, s));
    const bu = tf.mul(bend, u);
    const a = tf.add(tf.sub(s, d0), bu);
    const b = tf.sub(d0, bu);
    const c = tf.neg(tf.mul(s, u));
    const root = tf.sqrt(tf.relu(tf.sub(tf.square(b), tf.mul(4, tf.mul(a, c)))));
    const z = tf.div(tf.mul(-2, c), tf.add(b, root));
    const zz = tf.mul(z, tf.sub(1, z));
    const denominator = tf.add(s, tf.mul(bend, zz));
    return [tf.add(x0, tf.mul(width, z)), tf.neg(logSlope(z, zz, s, d0, d1, denominator))];
  });
}

function logSlope(z: Tensor, zz: Tensor, s: Tensor, d0: Tensor, d1: Tensor, denominator: Tensor) {
  const inner = tf.addN([
    tf.mul(d1, tf.square(z)),
    tf.mul(2, tf.mul(s, zz)),
    tf.mul(d0, tf.square(tf.sub(1, z))),
  ]);
  return tf.add(tf.mul(2, tf.log(tf.div(s, denominator))), tf.log(inner));
}

function binOf(x: Tensor, knots: Tensor, knotsX: Tensor, knotsY: Tensor, slopes: Tensor) {
  const K = knots.shape.at(-1)! - 1;
  const inner = tf.slice(knots, [...Array<number>(x.rank).fill(0), 1], [...x.shape, K - 1]);
  const passed = tf.cast(tf.greaterEqual(tf.expandDims(x, -1), inner), 'float32');
  const one = tf.ones([...x.shape, 1]);
  const zero = tf.zeros([...x.shape, 1]);
  const left = tf.sub(tf.concat([one, passed], -1), tf.concat([passed, zero], -1));
  const at = (values: Tensor, mask: Tensor) => tf.sum(tf.mul(values, mask), -1);
  const atLeft = tf.concat([left, zero], -1);
  const atRight = tf.concat([zero, left], -1);
  const x0 = at(knotsX, atLeft);
  const y0 = at(knotsY, atLeft);
  return {
    x0,
    y0,
    width: tf.sub(at(knotsX, atRight), x0),
    height: tf.sub(at(knotsY, atRight), y0),
    d0: at(slopes, atLeft),
    d1: at(slopes, atRight),
  };
}
