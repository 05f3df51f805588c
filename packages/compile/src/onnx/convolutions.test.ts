/** Convolutions as products, where shapes and strides make them differ. */
import { Key } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../compile.js';
import { simplify } from '../passes/simplify.js';
import { trace } from '../record/trace.js';
import { lower } from './lower.js';
import { OnnxGraph } from './model.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Layer {
  readonly images: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly stride: number;
  readonly pad: 'same' | 'valid' | number;
}

const layers: Record<string, Layer> = {
  'halving, as in encoders': { images: [3, 6, 8, 5], filter: [4, 4, 5, 3], stride: 2, pad: 'same' },
  'halving odd sizes': { images: [3, 7, 5, 5], filter: [4, 4, 5, 3], stride: 2, pad: 'same' },
  'of one channel': { images: [2, 6, 7, 1], filter: [3, 4, 1, 2], stride: 2, pad: 'same' },
  'of single pixels': { images: [2, 3, 4, 5], filter: [1, 1, 5, 2], stride: 1, pad: 'valid' },
  'of windows that leave pixels out': {
    images: [2, 7, 8, 5],
    filter: [2, 2, 5, 3],
    stride: 3,
    pad: 'valid',
  },
  'of windows that are no whole number of strides': {
    images: [2, 7, 8, 5],
    filter: [5, 5, 5, 3],
    stride: 2,
    pad: 1,
  },
};

/** A layer, and the gradients of a sum over what it gives. */
function withGradients(stride: number, pad: Layer['pad']) {
  const layer = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
    tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad), b);
  return (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) => [
    layer(x, w, b),
    ...tf.grads((x, w, b) => tf.sum(tf.sin(layer(x, w, b))))([x, w, b]),
  ];
}

describe('a convolution and its gradients', () => {
  test.each(Object.entries(layers))('%s', async (_, { images, filter, stride, pad }) => {
    const x = Key.from(1).normal(images);
    const fan = filter[0] * filter[1] * filter[2];
    const w = tf.div(Key.from(2).normal(filter), Math.sqrt(fan));
    const b = Key.from(3).normal([filter[3]]);
    const all = withGradients(stride, pad);
    const expected = all(x, w, b);
    for (const precision of ['float32', 'float64'] as const) {
      const compiled = compile(all, { target: 'onnx', precision });
      for (const [i, tensor] of (await compiled(x, w, b)).entries())
        expect(tensor).toBeAllClose(expected[i]!, { abs: 1e-4, rel: 1e-4 });
      compiled.dispose();
    }
  });

  // Of five what windows see is kept for the gradient of the weights, of twelve it is laid out again.
  test.each([5, 12])('of %d images, more than are laid out at once', async (count) => {
    const images = Key.from(1).normal([count, 16, 16, 400]);
    const w = tf.div(Key.from(2).normal([3, 3, 400, 20]), 60);
    const b = tf.zeros([20]);
    const compiled = compile(withGradients(1, 'same'), { target: 'onnx' });
    const [y, dx, ...sums] = await compiled(images, w, b);
    const each: tf.Tensor[][] = [];
    for (const image of tf.split(images, count)) each.push(await compiled(image, w, b));
    const of = (i: number) => each.map((results) => results[i]!);
    expect(y!).toBeAllClose(tf.concat(of(0)), { abs: 1e-5 });
    expect(dx!).toBeAllClose(tf.concat(of(1)), { abs: 1e-6 });
    for (const [i, sum] of sums.entries())
      expect(sum).toBeAllClose(tf.addN(of(2 + i)), { abs: 1e-4, rel: 1e-4 });
    compiled.dispose();
  });

  test.each([
    [5, 5],
    [12, 24],
  ])(
    'of %d images lays out what windows see %d times, for itself and the weights',
    (count, times) => {
      const layer = (x: tf.Tensor, w: tf.Tensor) =>
        tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      const { program } = trace(
        (x: tf.Tensor, w: tf.Tensor) => [
          layer(x, w),
          tf.grad((w) => tf.sum(tf.sin(layer(x, w))))(w),
        ],
        [tf.zeros([count, 16, 16, 400]), tf.zeros([3, 3, 400, 20])],
      );
      const model = Buffer.from(lower(simplify(program!)).model).toString('latin1');
      expect(model.split('Gather').length - 1).toBe(times);
    },
  );

  test('of windows with gaps', async () => {
    const x = Key.from(1).normal([2, 9, 8, 3]);
    const w = Key.from(2).normal([3, 2, 3, 4]);
    const layer = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', [2, 3]);
    const compiled = compile(layer, { target: 'onnx' });
    expect(await compiled(x, w)).toBeAllClose(layer(x, w), { abs: 1e-5 });
  });

  test('of known filters is the operator of ONNX, for other programs to know', () => {
    const w = tf.ones<tf.Rank.R4>([2, 2, 1, 3]);
    const x = tf.ones([1, 4, 4, 1]);
    const text = (fn: (x: tf.Tensor) => tf.Tensor) =>
      Buffer.from(lower(trace(fn, [x]).program!).model).toString('latin1');
    expect(text((x) => tf.conv2d(x as tf.Tensor4D, w, 1, 'same'))).toContain('Conv');
    expect(text((x) => tf.mul(x, 2))).not.toContain('Conv');
  });
});

test('sums over all axes but the last', async () => {
  for (const shape of [[3, 4, 5, 2], [3, 4, 5, 1], [6, 2], [6, 1], [4]]) {
    const x = Key.from(1).normal(shape);
    for (const keepDims of [true, false]) {
      const axes = shape.slice(1).map((_, i) => i);
      const sum = (x: tf.Tensor) => tf.mul(tf.sum(x, axes, keepDims), 2);
      const got = await compile(sum, { target: 'onnx' })(x);
      expect(got.shape).toEqual(sum(x).shape);
      expect(got).toBeAllClose(sum(x), { rel: 1e-5, abs: 1e-5 });
    }
  }
});

test('softplus keeps the digits of small results, and is NaN and infinite where its argument is', async () => {
  const values = [-80, -20, -17, -10, -1e-3, 0, 1e-3, 5, 20, 1e4, -1e4];
  const softplus = compile((x: tf.Tensor) => tf.softplus(x), { target: 'onnx' });
  const got = await (await softplus(tf.tensor1d(values))).data();
  for (const [i, x] of values.entries()) {
    const single = Math.fround(x);
    const expected = Math.max(single, 0) + Math.log1p(Math.exp(-Math.abs(single)));
    expect(Math.abs(got[i]! - expected)).toBeLessThanOrEqual(4e-7 * expected);
  }
  const ends = await (
    await softplus(tf.tensor1d([Number.NaN, Infinity, -Infinity, ...values.slice(3)]))
  ).data();
  expect([...ends.slice(0, 3)]).toEqual([Number.NaN, Infinity, 0]);
});

test('constants of one number throughout are written once, and zeros of either sign apart', () => {
  const graph = new OnnxGraph();
  const filled = (number: number, shape = [100]) =>
    graph.constant(new Float32Array(100).fill(number), 'float32', shape);
  expect(filled(0.1)).toBe(filled(0.1));
  const others = [filled(0.1), filled(0), filled(-0), filled(0.1, [10, 10]), filled(1)];
  expect(new Set(others).size).toBe(others.length);
  const range = Float32Array.from({ length: 100 }, (_, i) => i);
  expect(graph.constant(range, 'float32', [100])).not.toBe(filled(0));
});

test('a number beside a column of numbers', async () => {
  const x = Key.from(1).normal([2, 3, 1]);
  const fn = (x: tf.Tensor, b: tf.Tensor) => [tf.add(x, b), tf.sub(b, x), tf.div(2, x)];
  const b = tf.tensor1d([0.5]);
  const got = await compile(fn, { target: 'onnx' })(x, b);
  for (const [i, expected] of fn(x, b).entries()) {
    expect(got[i]!.shape).toEqual(expected.shape);
    expect(got[i]!).toBeAllClose(expected, { rel: 1e-6 });
  }
});
