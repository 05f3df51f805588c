import '@pushforward/testing/float64';
import { finiteDifferences, jacobian } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../types.js';
import { erf, erfc } from './erf.js';
import { digamma, lgamma } from './gamma.js';
import { log1mexp } from './log1mexp.js';
import { logNdtr, ndtr } from './normal.js';
import { erfinv, ndtri } from './quantile.js';

const line = [-6.3, -3.1, -1.7, -0.4, -0.01, 0.01, 0.6, 1.9, 3.7, 5.2];
const functions: [name: string, f: (x: Tensor) => Tensor, points: number[]][] = [
  ['erf', erf, line.filter((x) => Math.abs(x) < 3.9)],
  ['erfc', erfc, line],
  ['ndtr', ndtr, line],
  ['logNdtr', logNdtr, line],
  ['erfinv', erfinv, [-0.99, -0.7, -0.1, 0.002, 0.3, 0.84, 0.9]],
  ['ndtri', ndtri, [0.05, 0.3, 0.49, 0.6, 0.91, 0.99]],
  ['lgamma', lgamma, [-2.3, -0.6, 0.02, 0.4, 0.6, 1.5, 3, 20]],
  ['digamma', digamma, [-2.3, -0.6, 0.02, 0.4, 0.6, 1.5, 3, 20]],
  ['log1mexp', log1mexp, [0.01, 0.5, 0.69, 0.7, 2, 9]],
];

describe.each(functions)('%s', (_, f, points) => {
  const x = tf.tensor2d(points, [points.length, 1]);
  const slope = (x: Tensor) => tf.grad((x) => tf.sum(f(x)))(x);
  // The polynomials are fitted to float32: differences of the value show their error, times their degree squared.
  const tolerance = { abs: 2e-6, rel: 2e-6 };

  it('has the slope that its values have', () => {
    expect(jacobian(f, x)).toBeAllClose(finiteDifferences(f, x), tolerance);
  });

  it.each([2, 3])('has the derivative of order %i that the one before has', (order) => {
    let before = slope;
    if (order === 3) before = (x) => tf.grad((x) => tf.sum(slope(x)))(x);
    expect(jacobian(before, x)).toBeAllClose(finiteDifferences(before, x), tolerance);
  });
});
