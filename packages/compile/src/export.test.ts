import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError, Key } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import * as web from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { exportOnnx } from './export.js';

const w = tf.variable(Key.from(1).normal([3, 2]));
const fn = (x: tf.Tensor) => tf.tanh(tf.matMul(x, w));
const x = Key.from(2).normal([4, 3]);

test('another runtime computes the same from the file', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'pushforward-')), 'map.onnx');
  const bytes = await exportOnnx(fn, [x], file);
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(readdirSync(join(file, '..'))).toEqual(['map.onnx']);
  const session = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const { result0 } = await session.run({
    argument0: new web.Tensor('float32', x.dataSync() as Float32Array, [4, 3]),
  });
  expect(result0!.dims).toEqual([4, 2]);
  expect(result0!.data as Float32Array).toBeAllClose(fn(x).dataSync(), {
    abs: 1e-6,
  });
});

test('noise is an input of its own', async () => {
  const sample = (key: Key) => tf.matMul(key.normal([5, 3]), w);
  const bytes = await exportOnnx(sample, [Key.from(3)]);
  const session = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  expect(session.inputNames).toEqual(['draw0']);
  const noise = Key.from(9).normal([5, 3]).dataSync() as Float32Array;
  const { result0 } = await session.run({ draw0: new web.Tensor('float32', noise, [5, 3]) });
  expect(result0!.data as Float32Array).toBeAllClose(sample(Key.from(9)).dataSync(), {
    abs: 1e-5,
  });
});

test('a function that assigns variables is refused', async () => {
  const step = () => {
    w.assign(tf.mul(w, 1.5));
  };
  const before = valuesOf(w);
  await expect(exportOnnx(step, [])).rejects.toThrow(EngineError);
  expect(valuesOf(w)).toEqual(before);
});

test('what a function hands through stays with its owner', async () => {
  const outer = tf.ones([2]);
  const bytes = await exportOnnx((x: tf.Tensor) => [x, w, outer], [x]);
  expect([x.isDisposed, w.isDisposed, outer.isDisposed]).toEqual([false, false, false]);
  const session = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const numbers = x.dataSync() as Float32Array;
  const results = await session.run({ argument0: new web.Tensor('float32', numbers, [4, 3]) });
  const got = ['result0', 'result1', 'result2'].map((name) => [
    ...(results[name]!.data as Float32Array),
  ]);
  expect(got).toEqual([valuesOf(x), valuesOf(w), [1, 1]]);
});

test('an operation without counterpart is named, with the line that asks for it', async () => {
  const lrn = (x: tf.Tensor) =>
    tf.localResponseNormalization(tf.reshape<tf.Rank.R4>(x, [1, 2, 2, 3]));
  await expect(exportOnnx(lrn, [x])).rejects.toThrow(
    /ONNX cannot do LRN at .*export\.test\.ts:\d+/,
  );
});

test('a folder that is not there leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pushforward-'));
  await expect(exportOnnx(fn, [x], join(folder, 'missing/map.onnx'))).rejects.toThrow(/ENOENT/);
  expect(readdirSync(folder)).toEqual([]);
});
