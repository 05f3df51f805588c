import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  dkwBound,
  integrate1d,
  integrate2d,
  jacobian,
  kolmogorovSmirnov,
  logAbsDet,
} from './index.js';

/** The standard normal density of the last axis. */
const normal = (x: tf.Tensor): tf.Tensor =>
  tf.exp(
    tf.sub(tf.mul(-0.5, tf.sum(tf.square(x), -1)), (x.shape.at(-1)! / 2) * Math.log(2 * Math.PI)),
  );

describe('jacobian', () => {
  it('is that of (x0 x1, sin x0, x1)', () => {
    const f = (x: tf.Tensor) => {
      const [a, b] = tf.split(x, 2, 1);
      return tf.concat([tf.mul(a!, b!), tf.sin(a!), b!], 1);
    };
    expect(
      jacobian(
        f,
        tf.tensor2d([
          [0.5, 2],
          [-1, 3],
        ]),
      ),
    ).toBeAllClose(
      [
        [
          [2, 0.5],
          [Math.cos(0.5), 0],
          [0, 1],
        ],
        [
          [3, -1],
          [Math.cos(-1), 0],
          [0, 1],
        ],
      ],
      { abs: 1e-6 },
    );
  });
});

describe('logAbsDet', () => {
  it('is log 6 for a permuted triangular matrix and -Infinity for a singular one', () => {
    expect(
      logAbsDet([
        [0, 3],
        [-2, 7],
      ]),
    ).toBeCloseTo(Math.log(6), 14);
    expect(
      logAbsDet([
        [1, 2],
        [2, 4],
      ]),
    ).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('integrals', () => {
  it('are 1 for the normal law', () => {
    expect(integrate1d(normal)).toBeCloseTo(1, 5);
    expect(integrate2d(normal)).toBeCloseTo(1, 5);
  });

  it('see mass far out', () => {
    const cauchy = (x: tf.Tensor) => tf.squeeze(tf.div(1 / Math.PI, tf.add(1, tf.square(x))), [1]);
    expect(integrate1d(cauchy, { reach: 1e4 })).toBeCloseTo(1 - 2e-4 / Math.PI, 5);
  });

  it('see jumps, and a peak that draws point to', () => {
    const box = (x: tf.Tensor) =>
      tf.mul(0.5, tf.all(tf.lessEqual(tf.abs(tf.sub(x, 0.3)), 1), -1).toFloat());
    expect(integrate1d(box)).toBeCloseTo(1, 3);
    const peak = (x: tf.Tensor) => tf.mul(1e6, normal(tf.mul(1e3, tf.sub(x, [7.7, -3.3]))));
    expect(integrate2d(peak)).toBe(0);
    expect(integrate2d(peak, { samples: [[7.7, -3.3]] })).toBeCloseTo(1, 3);
  });

  it('say when they cannot be had', () => {
    const wild = (x: tf.Tensor) => tf.squeeze(tf.sin(tf.mul(1e5, x)), [1]);
    expect(() => integrate1d(wild, { budget: 1e4 })).toThrow(/with an error of/);
  });
});

describe('kolmogorovSmirnov', () => {
  it('is 1/2n at best and finds a shift', () => {
    const grid = Array.from({ length: 10 }, (_, i) => (i + 0.5) / 10);
    expect(kolmogorovSmirnov(grid, (x) => x)).toBeCloseTo(0.05, 12);
    expect(kolmogorovSmirnov(grid, (x) => Math.min(1, x + 0.3))).toBeCloseTo(0.35, 12);
    expect(dkwBound(1e4)).toBeCloseTo(0.0327, 4);
  });
});
