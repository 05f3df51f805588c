/** The same programs on ONNX Runtime's WebAssembly build, as in a browser. */
import { Key, tanh } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import * as web from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { compile } from '../compile.js';
import { useRuntime } from './runtimes.js';

useRuntime(web);
const options = { target: 'onnx', session: { executionProviders: ['wasm'] } } as const;

test('training steps come to the parameters of eager ones', async () => {
  const fit = () => {
    const w = tf.variable(Key.from(1).normal([3, 1]));
    const optimizer = tf.train.adam(0.05);
    const step = (x: tf.Tensor, y: tf.Tensor) =>
      optimizer.minimize(
        () => tf.mean<tf.Scalar>(tf.square(tf.sub(tanh(tf.matMul(x, w)), y))),
        true,
      )!;
    return { w, step };
  };
  const [eager, compiled] = [fit(), fit()];
  const step = compile(compiled.step, options);
  for (let i = 0; i < 50; i++) {
    const x = Key.from(i).normal([8, 3]);
    const y = tf.tanh(tf.sum(x, 1, true));
    expect(await step(x, y)).toBeAllClose(eager.step(x, y), { abs: 1e-6, rel: 1e-4 });
  }
  expect(compiled.w).toBeAllClose(eager.w, { abs: 1e-5, rel: 1e-4 });
});

test('variables are seen and assigned between calls', async () => {
  const v = tf.variable(tf.tensor1d([1, 2]));
  const double = compile(() => {
    v.assign(tf.mul(v, 2));
  }, options);
  await double();
  await double();
  expect(valuesOf(v)).toEqual([4, 8]);
  v.assign(tf.tensor1d([10, 20]));
  await double();
  expect(valuesOf(v)).toEqual([20, 40]);
});
