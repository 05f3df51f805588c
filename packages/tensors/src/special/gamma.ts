/** The logarithm of the gamma function and its derivative. */
import * as tf from '@tensorflow/tfjs';
import { clip, elementwise } from '../ops/elementary.js';
import type { Tensor } from '../types.js';
import { polynomial } from './polynomial.js';

/*
 * Both functions are reflected at 1/2, then moved up by one to [1.5, Infinity), where a polynomial in 1/w^2 ends the
 * asymptotic series (DLMF 5.11.1, 5.11.2). The polynomials are minimax fits of ours.
 */

/** w (log Gamma(w) - (w - 1/2) log w + w - log(2 pi) / 2) in 1/w^2: error 2e-8 of log Gamma. Bernoulli has 1/12, -1/360. */
const STIRLING = [0.08333307471, -0.0027690314, 7.095618201e-4, -2.437593999e-4];

/** w^2 (log w - 1/(2w) - digamma(w)) in 1/w^2: error 8e-10 of digamma. Bernoulli has 1/12, -1/120. */
const DIGAMMA = [
  0.08333321293, -0.008327311854, 0.00386394022, -0.003259155401, 0.002724217748, -0.00124276314,
];

/** sin(pi r) / r on [-1/2, 1/2] in r^2: relative error 5e-9. */
const SINE = [3.141592637, -5.167709685, 2.550069727, -0.5982421275, 0.0775603869];

/** pi r cot(pi r) (1 - r^2) / (1 - 4 r^2) on [-1/2, 1/2] in r^2: relative error 1e-9. */
const COTANGENT = [0.999999999, -0.2898679473, -0.03425669529, -0.006979579312, -0.001919832284];

/**
 * log |Gamma(x)|.
 *
 * @param x any shape; negative numbers too
 * @returns the shape of x; Infinity at 0, -1, -2, ...
 */
export const lgamma = elementwise(
  (x) => {
    const w = tf.add(1, reflect(x));
    const v = tf.reciprocal(w);
    const series = tf.mul(v, polynomial(tf.square(v), STIRLING));
    const stirling = tf.add(
      tf.mul(tf.sub(w, 0.5), tf.sub(tf.log(w), 1)),
      tf.add(series, (Math.log(2 * Math.PI) - 1) / 2),
    );
    // The bound keeps Infinity - Infinity away.
    const atLeastHalf = tf.sub(stirling, tf.log(tf.minimum(reflect(x), 1e30)));
    const r = offset(tf.minimum(x, 0.5));
    const sine = tf.mul(tf.abs(r), polynomial(tf.square(r), SINE));
    const reflected = tf.sub(Math.log(Math.PI), tf.add(tf.log(sine), atLeastHalf));
    return tf.where(tf.greaterEqual(x, 0.5), atLeastHalf, reflected);
  },
  (x) => digamma(x),
);

/**
 * The digamma function, d/dx log Gamma(x); its own derivative is the trigamma function.
 *
 * @param x any shape; negative numbers too
 * @returns the shape of x; infinite at 0, -1, -2, ...
 */
export function digamma(x: Tensor): Tensor {
  return tf.tidy(() => {
    const y = reflect(x);
    const w = tf.add(1, y);
    const v = tf.reciprocal(w);
    const v2 = tf.square(v);
    const series = tf.add(tf.mul(0.5, v), tf.mul(v2, polynomial(v2, DIGAMMA)));
    const atLeastHalf = tf.sub(tf.log(w), tf.add(series, tf.reciprocal(y)));
    // pi cot(pi x) for x < 1/2, and 0 above.
    const r = offset(clip(x, -Infinity, 0.5));
    const r2 = tf.square(r);
    const zeroAtHalf = tf.div(tf.sub(1, tf.mul(4, r2)), tf.sub(1, r2));
    const rest = tf.mul(zeroAtHalf, polynomial(r2, COTANGENT));
    return tf.sub(atLeastHalf, tf.mul(inverse(r), rest));
  });
}

/** 1 / x, with a slope whose own slope does not underflow in tfjs's x^4. */
const inverse: (x: Tensor) => Tensor = elementwise(tf.reciprocal, (x) =>
  tf.neg(tf.square(inverse(x))),
);

/** x where x > 1/2, else 1 - x. At 1/2 the slope of `abs` is -1, that of the reflection. */
function reflect(x: Tensor): Tensor {
  return tf.add(0.5, tf.abs(tf.sub(x, 0.5)));
}

/** x minus the nearest integer, in [-1/2, 1/2]. */
function offset(x: Tensor): Tensor {
  return tf.sub(x, tf.floor(tf.add(x, 0.5)));
}
