/** The distribution function of the standard normal law and its logarithm. */
import * as tf from '@tensorflow/tfjs';
import { clip, elementwise, exp, log1p } from '../ops/elementary.js';
import { untracked } from '../ops/gradient.js';
import type { Tensor } from '../types.js';
import { erfcx, erfcxFraction, signOf } from './erf.js';

/**
 * P(Z <= x) of a standard normal Z, with relative precision in the lower tail.
 *
 * @param x any shape
 * @returns the shape of x, in [0, 1]
 */
export const ndtr = elementwise(
  (x) => {
    const tail = tf.mul(tf.exp(minusHalfSquare(x)), scaledTail(x));
    const side = signOf(x);
    return tf.sub(tf.mul(0.5, tf.add(1, side)), tf.mul(side, tail));
  },
  (x) => tf.mul(1 / Math.sqrt(2 * Math.PI), exp(minusHalfSquare(clip(x, -20, 20)))),
);

/**
 * log P(Z <= x) of a standard normal Z, with relative precision in both tails.
 *
 * @param x any shape
 * @returns the shape of x, at most 0
 */
export const logNdtr = elementwise(
  (x) => {
    const square = minusHalfSquare(x);
    const tail = scaledTail(x);
    return tf.where(
      tf.greaterEqual(x, 0),
      log1p(tf.neg(tf.mul(tf.exp(square), tail))),
      tf.add(tf.log(tail), square),
    );
  },
  (x) => hazard(x),
);

/** The derivative of log P(Z <= x): the density over the distribution function, without 0 / 0 in the lower tail. */
function hazard(x: Tensor): Tensor {
  // Far above, where the result is 0, any large number will do for Infinity.
  const [numerator, denominator] = erfcxFraction(sizeOverRoot2(clip(x, -Infinity, 1e30)));
  // e^(-x^2/2) for x >= 0, and 1 below.
  const decay = exp(minusHalfSquare(clip(x, 0, 20)));
  const above = tf.div(decay, tf.sub(2, tf.mul(decay, tf.div(numerator, denominator))));
  const below = tf.div(denominator, numerator);
  const isUpper = untracked(() => tf.greaterEqual(x, 0));
  return tf.mul(Math.sqrt(2 / Math.PI), tf.where(isUpper, above, below));
}

/** e^(x^2/2) P(Z > |x|). */
function scaledTail(x: Tensor): Tensor {
  return tf.mul(0.5, erfcx(sizeOverRoot2(x)));
}

/** |x| / sqrt(2), with slope +1 / sqrt(2) at 0, where `abs` has -1. */
function sizeOverRoot2(x: Tensor): Tensor {
  return tf.mul(x, tf.mul(Math.SQRT1_2, signOf(x)));
}

function minusHalfSquare(x: Tensor): Tensor {
  return tf.mul(-0.5, tf.square(x));
}
