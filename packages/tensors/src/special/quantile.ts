/** Inverses of the normal distribution function and of erf, which are one function in two scales. */
import * as tf from '@tensorflow/tfjs';
import { elementwise } from '../ops/elementary.js';
import type { Tensor } from '../types.js';
import { erfcx, signOf } from './erf.js';
import { polynomial } from './polynomial.js';

/** z / (p - 1/2) for |p - 1/2| <= 0.425, in 0.180625 - (p - 1/2)^2: relative error 5e-8 (Wichura, AS 241, PPND7). */
const CENTRE = [
  [3.3871327179, 50.434271938, 159.29113202, 59.10937472],
  [1, 17.895169469, 78.757757664, 67.1875636],
] as const;

/**
 * |z| in the tails, in r = sqrt(-log min(p, 1 - p)), as Wichura has it, but in one piece: float32 ends at r = 10.2.
 * A minimax fit of ours on [1.6, 10.3]: relative error 2e-8.
 */
const TAIL = [
  [-2.872607888, -4.510034859, 5.19735167, 4.791599275, 0.5434612751],
  [1, 4.552303492, 3.395502689, 0.3842037386],
] as const;

/**
 * The quantile function of the standard normal law: the z with P(Z <= z) = p.
 *
 * M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Appl. Statist. 37 (1988).
 *
 * Probabilities outside [0, 1] give NaN.
 * @returns the shape of p; -Infinity at 0, Infinity at 1
 */
export const ndtri = elementwise(
  (p) => quantile(tf.sub(p, 0.5), lesserTail(p)),
  (p) => sparsity(p),
);

/**
 * The inverse error function: the y with erf y = x.
 *
 * @param x any shape, in [-1, 1]; NaN outside
 * @returns the shape of x; -Infinity at -1, Infinity at 1
 */
export const erfinv = elementwise(
  (x) => tf.mul(Math.SQRT1_2, quantile(tf.mul(0.5, x), tf.mul(0.5, tf.sub(1, tf.abs(x))))),
  (x) => erfinvSlope(x),
);

/** z, from p - 1/2 and min(p, 1 - p), both without rounding error of each other. */
function quantile(offset: Tensor, tail: Tensor): Tensor {
  const r = tf.sub(0.180625, tf.square(offset));
  const centre = tf.mul(offset, ratio(r, CENTRE));
  const s = tf.sqrt(tf.neg(tf.log(tail)));
  const bounded = tf.minimum(s, 12);
  // The last factor is 1, and infinite where the tail is empty.
  const size = tf.mul(ratio(bounded, TAIL), tf.div(s, bounded));
  return tf.where(tf.greaterEqual(r, 0), centre, tf.mul(signOf(offset), size));
}

/** dz/dp = 1 / density(z), by way of density(z) = tail / e^(z^2/2) tail: so it is exact in p, not only in z. */
const sparsity = elementwise(
  (p) => tf.mul(Math.sqrt(Math.PI / 2), tf.div(scaledTail(ndtri(p), Math.SQRT1_2), lesserTail(p))),
  (p) => tf.mul(ndtri(p), tf.square(sparsity(p))),
);

const erfinvSlope = elementwise(
  (x) => tf.mul(Math.sqrt(Math.PI) / 2, tf.div(scaledTail(erfinv(x), 1), tf.sub(1, tf.abs(x)))),
  (x) => tf.mul(tf.mul(2, erfinv(x)), tf.square(erfinvSlope(x))),
);

/** erfcx(|z| scale), kept from 0 where z is infinite. */
function scaledTail(z: Tensor, scale: number): Tensor {
  return erfcx(tf.minimum(tf.mul(tf.abs(z), scale), 20));
}

function lesserTail(p: Tensor): Tensor {
  return tf.minimum(p, tf.sub(1, p));
}

function ratio(x: Tensor, [above, below]: readonly [readonly number[], readonly number[]]): Tensor {
  return tf.div(polynomial(x, above), polynomial(x, below));
}
