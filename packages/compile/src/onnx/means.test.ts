import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile } from '../compile.js';

test('the mean of whole numbers is a float', async () => {
  const mean = compile((x: tf.Tensor) => tf.mean(x), { target: 'onnx' });
  const y = await mean(tf.tensor1d([1, 2], 'int32'));
  expect(y.dtype).toBe('float32');
  expect(valuesOf(y)).toEqual([1.5]);
});
