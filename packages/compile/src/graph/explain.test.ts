import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile } from '../compile.js';

async function flopsOf(fn: (...args: tf.Tensor[]) => unknown, ...shapes: number[][]) {
  const compiled = compile(fn, { target: 'onnx' });
  await compiled(...shapes.map((shape) => tf.ones(shape)));
  return Number(/(\d+) flops/.exec(compiled.explain())![1]);
}

test('a product of matrices is counted by its multiplications and additions', async () => {
  expect(await flopsOf((a, b) => tf.matMul(a, b), [2, 3], [3, 5])).toBe(2 * 2 * 3 * 5);
});

test('a convolution, and each of its gradients, by those of its windows', async () => {
  const [batch, size, channels, outputs, window] = [2, 6, 3, 4, 9];
  const conv = (x?: tf.Tensor, w?: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
  const shapes = [
    [batch, size, size, channels],
    [3, 3, channels, outputs],
  ];
  const once = 2 * batch * size ** 2 * channels * outputs * window;
  expect(await flopsOf(conv, ...shapes)).toBe(once);
  const slopes = tf.fill([batch, size, size, outputs], 2);
  const gradients = (x?: tf.Tensor, w?: tf.Tensor) => tf.grads(conv)([x!, w!], slopes);
  expect(await flopsOf(gradients, ...shapes)).toBe(2 * once);
  const depthwise = (x?: tf.Tensor, w?: tf.Tensor) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
  expect(await flopsOf(depthwise, ...shapes)).toBe(once);
});
