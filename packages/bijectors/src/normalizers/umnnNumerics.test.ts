/** What quadrature costs the inverse, and how much of it the error estimate tells. */
import { Key } from '@pushforward/tensors';
import { expectNoLeak, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test, vi } from 'vitest';
import { UMNN, type UMNNOptions } from '../index.js';

const double = Float32Array.BYTES_PER_ELEMENT === 8;

/** ELU(a tanh(s (t - c))) + 1: from e^-a to 1 + a around c, within 2 / s. */
function steep([a, s, c]: readonly [number, number, number], options: UMNNOptions): UMNN {
  const umnn = new UMNN(Key.from(1), {
    embedding: 1,
    hidden: [1],
    activation: 'tanh',
    leastSlope: 0,
    ...options,
  });
  const [first, last] = umnn.area.integrand.net.layers;
  first!.weight.assign(tf.tensor2d([[s], [0]]));
  first!.bias!.assign(tf.tensor1d([-s * c]));
  last!.weight.assign(tf.tensor2d([[a]]));
  return umnn;
}

describe.each([
  [[5, 4, 2], { steps: 20 }],
  [[5, 4, 2], { steps: 50 }],
  [[3, 4, -2], { steps: 100 }],
  [[5, 1, -2], { steps: 200 }],
  [[5, 2, 5], { steps: 60 }],
  [[3, 4, 9.8], { steps: 100 }],
  [[-2, 4, 9], { steps: 200 }],
  [[3, 2, 9.8], { steps: 30, rule: 'gaussLegendre' }],
  [[5, 2, 8], { steps: 45, rule: 'gaussLegendre' }],
  [[-3, 4, 6], { steps: 200, rule: 'gaussLegendre' }],
  [[-3, 4, 6], { steps: 300 }],
] as [[number, number, number], UMNNOptions][])('steep integrand %j, %j', (shape, options) => {
  test('is inverted to 1e-5, also next to the bounds', () => {
    const umnn = steep(shape, options);
    tf.tidy(() => {
      const x = tf.concat([tf.linspace(-12, 12, 241), tf.linspace(9.9, 11, 111)]);
      const h = tf.zeros([x.size, 1]);
      const [y, logSlope] = umnn.forwardAndLogDet(x, h);
      const found = umnn.inverseAndLogDet(y, h)[0];
      // What one rounding of y is in x.
      const rounding = tf.div(tf.mul(double ? 0 : 1e-6, tf.abs(y)), tf.exp(logSlope));
      const off = tf.sub(tf.abs(tf.sub(found, x)), rounding);
      expect(Math.max(...valuesOf(off))).toBeLessThan(1e-5);
    });
    umnn.dispose();
  });
});

describe.each([
  ['Clenshaw-Curtis', { steps: 20 }, 21],
  ['Clenshaw-Curtis of an odd number', { steps: 21 }, 22 + 11],
  ['Gauss-Legendre', { steps: 20, rule: 'gaussLegendre' }, 21 + 11],
] as [string, UMNNOptions, number][])('the error estimate of %s', (_, options, points) => {
  /** How far values are from those of a fine rule, but for rounding, and how far they are said to be at the most. */
  const errors = (shape: readonly [number, number, number], options: UMNNOptions) => {
    const coarse = steep(shape, options);
    const fine = steep(shape, { ...options, steps: 1000, rule: 'gaussLegendre' });
    const x = tf.tidy(() => tf.expandDims(tf.linspace(-12, 12, 121), 1));
    const h = tf.zeros([121, 1, 1]);
    const actual = tf.tidy(() => {
      const y = coarse.forwardAndLogDet(x, h)[0];
      const rounding = tf.mul(double ? 1e-13 : 1e-6, tf.add(1, tf.abs(y)));
      return tf.sub(tf.abs(tf.sub(y, fine.forwardAndLogDet(x, h)[0])), rounding);
    });
    return { actual: valuesOf(actual), estimate: valuesOf(coarse.quadratureError(x, h)) };
  };

  test.each([
    [2, 0.6, 1],
    [2, 0.5, -2],
    [-2, 0.4, 3],
    [3, 0.4, 2],
  ])('bounds the error of a smooth integrand, %d tanh(%d (t - %d))', (...shape) => {
    const { actual, estimate } = errors(shape, { positive: 'softplus', ...options });
    for (const [i, error] of actual.entries()) expect(error).toBeLessThanOrEqual(estimate[i]!);
    expect(Math.max(...estimate)).toBeLessThan(0.1);
    if (double) expect(Math.max(...actual)).toBeGreaterThan(1e-12);
  });

  test('tells of a steep one', () => {
    const { actual, estimate } = errors([5, 4, 2], options);
    expect(Math.max(...actual)).toBeGreaterThan(0.01);
    expect(Math.max(...estimate)).toBeGreaterThan(Math.max(...actual));
  });

  test('takes no point more than it needs, and leaves no tensor behind', () => {
    const umnn = steep([1, 1, 0], { rowsAtOnce: Infinity, ...options });
    const [x, h] = [tf.ones([3]), tf.ones([3, 1])];
    const value = vi.spyOn(umnn.area.integrand, 'value');
    tf.dispose(umnn.quadratureError(x, h));
    expectNoLeak(() => umnn.quadratureError(x, h));
    const taken = value.mock.calls.map(([t]) => t.shape[0]);
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(2 * points);
    umnn.dispose();
    tf.dispose([x, h]);
  });
});
