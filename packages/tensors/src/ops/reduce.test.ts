import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../types.js';
import { logSoftmax, logSumExp, max, softmax } from './reduce.js';

const rows = [
  [0.5, -1, 2, 0.25],
  [1e4, 1e4 + 1, 1e4 - 3, 9999],
  [-1e4, -1e4, -1e4, -1e4],
  [90, -90, 0, 88],
  [-Infinity, 1, -Infinity, 0],
];

/** In double precision. */
const lse = (row: number[]) => {
  const largest = Math.max(...row);
  return largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
};
const shares = (row: number[]) => row.map((x) => Math.exp(x - lse(row)));
/** d share_i / d x_j = share_i (delta_ij - share_j), contracted with weights w. */
const sharesSlope = (row: number[], w: number[]) => {
  const p = shares(row);
  const mean = p.reduce((sum, p, i) => sum + p * w[i]!, 0);
  return p.map((p, j) => p * (w[j]! - mean));
};

const weights = [0.5, -1, 2, 0.75];
/** The gradient of sum_i w_i f(x)_i. */
const weighted = (f: (x: Tensor) => Tensor) => tf.grad((x) => tf.sum(tf.mul(f(x), weights)));
const tolerance = { abs: 3e-7, rel: 1e-6 };

onEachEngine(() => {
  it('logSumExp, softmax and logSoftmax have their values', () => {
    const x = tf.tensor2d(rows);
    expect(logSumExp(x)).toBeAllClose(rows.map(lse), tolerance);
    expect(softmax(x)).toBeAllClose(rows.map(shares), tolerance);
    const expected = rows.map((row) => row.map((x) => x - lse(row)));
    expect(logSoftmax(x)).toBeAllClose(expected, tolerance);
  });

  it('have their gradients', () => {
    const x = tf.tensor2d(rows);
    expect(tf.grad((x) => tf.sum(logSumExp(x)))(x)).toBeAllClose(rows.map(shares), tolerance);
    expect(weighted(softmax)(x)).toBeAllClose(
      rows.map((row) => sharesSlope(row, weights)),
      tolerance,
    );
    const total = weights.reduce((a, b) => a + b);
    const expected = rows.map((row) => shares(row).map((p, j) => weights[j]! - total * p));
    expect(weighted(logSoftmax)(x)).toBeAllClose(expected, tolerance);
  });

  it('have their second derivatives', () => {
    const x = tf.tensor2d(rows);
    // The gradient of logSumExp is softmax: the Hessians agree.
    const slope = tf.grad((x) => tf.sum(logSumExp(x)));
    const expected = rows.map((row) => sharesSlope(row, weights));
    expect(weighted(slope)(x)).toBeAllClose(expected, tolerance);

    // Of softmax itself, by differences of the closed form.
    const h = 1e-5;
    const direction = [1, -2, 0.5, 1];
    const finite = rows.slice(0, 1);
    const along = tf.grad((x) => tf.sum(tf.mul(weighted(softmax)(x), direction)));
    const differences = finite.map((row) =>
      row.map((_, j) => {
        const shifted = (s: number) =>
          sharesSlope(
            row.map((x, i) => (i === j ? x + s : x)),
            weights,
          ).reduce((sum, g, i) => sum + g * direction[i]!, 0);
        return (shifted(h) - shifted(-h)) / (2 * h);
      }),
    );
    expect(along(tf.tensor2d(finite))).toBeAllClose(differences, { abs: 1e-6 });
  });

  it('have limits, not NaN, in rows with infinite entries', () => {
    const x = tf.tensor2d([
      [Infinity, 0, -Infinity],
      [Infinity, Infinity, 1],
      [-Infinity, -Infinity, -Infinity],
      [3e38, -3e38, 0],
    ]);
    expect(logSumExp(x)).toBeAllClose([Infinity, Infinity, -Infinity, 3e38], { rel: 1e-6 });
    const weights = [
      [1, 0, 0],
      [0.5, 0.5, 0],
      [0, 0, 0],
      [1, 0, 0],
    ];
    expect(softmax(x)).toBeAllClose(weights, {});
    expect(tf.grad((x) => tf.sum(logSumExp(x)))(x)).toBeAllClose(weights, {});
    // Beside Infinity a finite entry is as far down as float32 reaches.
    const [none, far] = [-Infinity, -3e38];
    expect(logSoftmax(x)).toBeAllClose(
      [
        [0, far, none],
        [-Math.LN2, -Math.LN2, far],
        [none, none, none],
        [0, none, far],
      ],
      { rel: 1e-6 },
    );
    for (const f of [softmax, logSoftmax])
      expect(tf.any(tf.isNaN(tf.grad((x) => tf.sum(f(x)))(x))).dataSync()[0]).toBe(0);
  });

  it('pass NaN on', () => {
    const x = tf.tensor2d([
      [0, NaN, 1],
      [0, 0, 0],
    ]);
    const nan = [NaN, NaN, NaN];
    expect(softmax(x)).toBeAllClose([nan, [1 / 3, 1 / 3, 1 / 3]], { rel: 1e-6 });
    expect(logSumExp(x)).toBeAllClose([NaN, Math.log(3)], { rel: 1e-6 });
    expect(max(x)).toBeAllClose([NaN, 0], {});
  });

  it('max shares its gradient among ties and can be differentiated twice', () => {
    const x = tf.tensor2d([
      [1, 3, 3],
      [2, -1, 0],
    ]);
    expect(max(x)).toBeAllClose([3, 2], {});
    const slope = tf.grad((x) => tf.sum(tf.square(max(x))));
    expect(slope(x)).toBeAllClose(
      [
        [0, 3, 3],
        [4, 0, 0],
      ],
      {},
    );
    expect(tf.grad((x) => tf.sum(tf.square(slope(x))))(x)).toBeAllClose(
      [
        [0, 6, 6],
        [16, 0, 0],
      ],
      {},
    );
  });

  describe.each([0, 1, -1, -3])('along axis %i', (axis) => {
    it.each([true, false])('with keepDims %s', (keepDims) => {
      const x = tf.tensor(
        Array.from({ length: 24 }, (_, i) => Math.sin(7 * i)),
        [2, 3, 4],
      );
      expect(logSumExp(x, axis, keepDims)).toBeAllClose(tf.logSumExp(x, axis, keepDims), {
        rel: 1e-6,
        abs: 1e-6,
      });
      expect(max(x, axis, keepDims)).toBeAllClose(tf.max(x, axis, keepDims), {});
      expect(tf.sum(softmax(x, axis), axis)).toBeAllClose(1, { abs: 1e-6 });
      expect(tf.exp(logSoftmax(x, axis))).toBeAllClose(softmax(x, axis), { rel: 1e-6 });
    });
  });

  it('leave no tensor behind', () => {
    const x = tf.tensor2d(rows);
    for (const f of [max, logSumExp, softmax, logSoftmax] as ((x: Tensor) => Tensor)[]) {
      expectNoLeak(() => f(x));
      expectNoLeak(() => tf.tidy(() => tf.grad((x) => tf.sum(f(x)))(x)));
    }
  });

  describeGolden('t01_special', ({ cases, tolerance }) => {
    it.each([
      ['logsumexp', (x: Tensor) => logSumExp(x)],
      ['d logsumexp (softmax)', (x: Tensor) => softmax(x)],
    ])('%s', (name, f) => {
      const { input, output } = cases.find((c) => c.name === name)!;
      const got = f(input.tensor('x'));
      const expected = name === 'logsumexp' ? output.vector('value') : output.matrix('value');
      expect(got).toBeAllClose(expected, tolerance);
    });
  });
});
