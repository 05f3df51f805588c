/**
 * The error function and its complement.
 *
 * Coefficients without another source are minimax polynomials for float32, fitted by Remez' exchange in 40 digits;
 * the error given with them is the largest one of the exact polynomial.
 */
import * as tf from '@tensorflow/tfjs';
import { clip, elementwise, exp } from '../ops/elementary.js';
import type { Tensor } from '../types.js';
import { polynomial } from './polynomial.js';

/** -log(erfc x) / x on [0, 3.9]: relative error 4e-8 of the erf that follows from it. */
const ERF = [
  1.128379207, 0.6366164967, 0.1028144124, -0.01932172478, 2.057326846e-4, 1.251732447e-3,
  -3.809951414e-4, 4.070714097e-5,
];

/** (x + 1/2) e^(x^2) erfc x on [0, Infinity) in t = (x - 3) / (x + 3): relative error 3e-9, of its slope 3e-7. */
const ERFCX = [
  0.6265040285, -0.0678105289, -0.02378109193, 0.0648219281, -0.0596375171, 0.03415906997,
  -0.0118821571, 0.001247637666, 0.000937992488, -0.0003611986786, -4.646471783e-5, 3.788352832e-5,
];

const SLOPE = 2 / Math.sqrt(Math.PI);

/** 1 where x >= 0, else -1. (The `sign` of the WebAssembly backend is 0 for small numbers.) */
export function signOf(x: Tensor): Tensor {
  return tf.sub(tf.mul(2, tf.cast(tf.greaterEqual(x, 0), 'float32')), 1);
}

/**
 * erfcx x = e^(x^2) erfc x for x >= 0 as a fraction, of operations that can be differentiated.
 *
 * Form and variable: Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x", Math. Comp. 36
 * (1981).
 */
export function erfcxFraction(x: Tensor): [numerator: Tensor, denominator: Tensor] {
  const t = tf.sub(1, tf.div(6, tf.add(x, 3)));
  return [polynomial(t, ERFCX), tf.add(x, 0.5)];
}

/** e^(x^2) erfc x for x >= 0. */
export function erfcx(x: Tensor): Tensor {
  return tf.div(...erfcxFraction(x));
}

/** e^(-x^2), with slope 0 at infinity, not 0 * Infinity. */
function gaussian(x: Tensor): Tensor {
  return exp(tf.neg(tf.square(clip(x, -20, 20))));
}

/**
 * The error function erf x = 2 / sqrt(pi) * integral of e^(-t^2) from 0 to x.
 *
 * Its relative error is at most 3e-7, where TensorFlow.js's own has 1.5e-5 at 1e-4.
 *
 * @param x any shape
 * @returns the shape of x, in [-1, 1]
 */
export const erf = elementwise(
  (x) => {
    const size = tf.minimum(tf.abs(x), 4); // erf is 1 from there on
    const rise = tf.expm1(tf.neg(tf.mul(size, polynomial(size, ERF))));
    return tf.mul(tf.neg(signOf(x)), rise);
  },
  (x) => tf.mul(SLOPE, gaussian(x)),
);

/**
 * The complement erfc x = 1 - erf x, with relative precision in the upper tail.
 *
 * @param x any shape
 * @returns the shape of x, in [0, 2]
 */
export const erfc = elementwise(
  (x) => {
    const tail = tf.mul(tf.exp(tf.neg(tf.square(x))), erfcx(tf.abs(x)));
    const side = signOf(x);
    return tf.add(tf.sub(1, side), tf.mul(side, tail));
  },
  (x) => tf.mul(-SLOPE, gaussian(x)),
);
