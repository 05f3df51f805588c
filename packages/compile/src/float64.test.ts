/** Programs in double precision: they hold digits that tensors cannot show, and so tell rounding from error. */
import { Key, logSumExp } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from './compile.js';

const exact = { target: 'onnx', precision: 'float64' } as const;

describe('functions that ONNX Runtime has in single precision alone', () => {
  const cases: [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number, number[]][] = [
    ['elu', tf.elu, (x) => (x > 0 ? x : Math.expm1(x)), [-20, -1, -1e-6, 0.5, 3]],
    ['softplus', tf.softplus, (x) => Math.log1p(Math.exp(x)), [-20, -1, 0, 1, 20]],
    ['sinh', tf.sinh, Math.sinh, [-3, -1e-5, 1e-5, 0.5, 3]],
    ['cosh', tf.cosh, Math.cosh, [-3, 1e-5, 0.5, 3]],
    ['tan', tf.tan, Math.tan, [-1, 1e-5, 0.5, 1.5]],
    ['asin', tf.asin, Math.asin, [-1, -0.9999999, -0.3, 1e-5, 0.7, 1]],
    ['acos', tf.acos, Math.acos, [-1, -0.9999999, -0.3, 1e-5, 0.7, 0.9999]],
    ['atan', tf.atan, Math.atan, [-1e5, -1, 1e-5, 0.3, 2, 1e5]],
    ['asinh', tf.asinh, Math.asinh, [-100, -1, -1e-5, 1e-5, 0.3, 2]],
    ['acosh', tf.acosh, Math.acosh, [1.25, 2, 100]],
    ['atanh', tf.atanh, Math.atanh, [-0.9, -1e-5, 0.3, 0.99]],
    // Abramowitz and Stegun, table 7.1, and the series to more digits.
    [
      'erf',
      tf.erf,
      (x) => Math.sign(x) * (Math.abs(x) === 0.5 ? 0.5204998778130465 : 0.8427007929497149),
      [-1, -0.5, 0.5, 1],
    ],
    ['log1p', tf.log1p, Math.log1p, [-0.5, -1e-5, 1e-5, 0.3, 100]],
    ['expm1', tf.expm1, Math.expm1, [-5, -0.4, -1e-5, 1e-5, 0.3, 3]],
  ];

  test.each(cases)('%s has the digits of a double', async (_name, fn, expected, points) => {
    const x = Float32Array.from(points);
    const values = Array.from(x, (point) => expected(point));
    // What a float cannot hold of the value, in units of it.
    const rest = compile(
      (x: tf.Tensor, rounded: tf.Tensor) => tf.div(tf.sub(fn(x), rounded), rounded),
      exact,
    );
    const got = valuesOf(await rest(tf.tensor1d(x), tf.tensor1d(values)));
    for (const [i, value] of values.entries()) {
      const rounded = Math.fround(value);
      expect(Math.abs(got[i]! - (value - rounded) / rounded)).toBeLessThan(2e-14);
    }
  });
});

test('what the runtime would fuse in single precision is left apart', async () => {
  const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));
  const x = [-3, -0.5, 0.25, 2];
  const got = valuesOf(
    await compile((x: tf.Tensor) => tf.mul(silu(x), 1e6), exact)(tf.tensor1d(x)),
  );
  for (const [i, value] of x.entries())
    expect(got[i]! / 1e6).toBeCloseTo(value / (1 + Math.exp(-value)), 6);
});

test('difference quotients agree with gradients as only doubles can', async () => {
  const energy = (x: tf.Tensor) => logSumExp(tf.sin(tf.mul(3, x)), -1);
  const [x, along] = [Key.from(1).normal([4, 5]), Key.from(2).normal([4, 5])];
  const disagreement = (x: tf.Tensor) => {
    const step = tf.mul(along, 1e-4);
    const quotient = tf.div(tf.sub(energy(tf.add(x, step)), energy(tf.sub(x, step))), 2e-4);
    const slope = tf.sum(tf.mul(tf.grad((x: tf.Tensor) => energy(x))(x), along), -1);
    return tf.max(tf.abs(tf.sub(quotient, slope)));
  };
  const [inDoubles] = valuesOf(await compile(disagreement, exact)(x));
  const [inFloats] = valuesOf(await compile(disagreement, { target: 'onnx' })(x));
  expect(inDoubles).toBeLessThan(1e-6);
  expect(inFloats).toBeGreaterThan(1e-4);
});

test('an error that rounding hides from floats is seen', async () => {
  // Both are one in exact arithmetic; in floats the wrong one looks no worse than the right one.
  const right = (x: tf.Tensor) => tf.sub(tf.add(tf.square(tf.sin(x)), tf.square(tf.cos(x))), 1);
  const wrong = (x: tf.Tensor) => tf.add(right(x), 1e-9);
  const x = Key.from(3).normal([100]);
  const largest = async (fn: (x: tf.Tensor) => tf.Tensor) =>
    Math.max(...valuesOf(await compile(fn, exact)(x)).map(Math.abs));
  expect(await largest(right)).toBeLessThan(1e-15);
  expect(await largest(wrong)).toBeGreaterThan(9e-10);
});

test('variables keep all digits from call to call, and show them rounded', async () => {
  // One number, and several, which would be updated apart from the program in single precision.
  const [v, w] = [tf.variable(tf.scalar(1)), tf.variable(tf.ones([3]))];
  const grow = compile(() => {
    const grown = [v, w].map((variable) => tf.mul(tf.sub(variable, 1), 1e6));
    for (const variable of [v, w]) variable.assign(tf.add(variable, 1e-9));
    return grown;
  }, exact);
  for (let i = 0; i < 1000; i++) tf.dispose(await grow());
  for (const grown of await grow()) expect(valuesOf(grown)[0]).toBeCloseTo(1, 6);
  expect([...valuesOf(v), ...valuesOf(w)]).toEqual(Array(4).fill(Math.fround(1 + 1.001e-6)));
  grow.dispose();
  expect([...valuesOf(v), ...valuesOf(w)]).toEqual(Array(4).fill(Math.fround(1 + 1.001e-6)));
});
