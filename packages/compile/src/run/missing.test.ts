/** Where no ONNX Runtime is installed. */
import { EngineError } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test, vi } from 'vitest';
import { compile } from '../compile.js';

const absent = vi.hoisted(() => () => {
  throw new Error('Cannot find package');
});
vi.mock('onnxruntime-node', absent);
vi.mock('onnxruntime-web', absent);

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
afterEach(() => {
  warn.mockClear();
});

const double = (x: tf.Tensor) => tf.mul(x, 2);
const command = /npm install onnxruntime-node.*npm install onnxruntime-web.*useRuntime/;

test('replay serves, and what is missing is said once, with the command that adds it', async () => {
  for (const size of [1, 2])
    expect(valuesOf(await compile(double)(tf.ones([size])))).toEqual(Array(size).fill(2));
  expect(warn).toHaveBeenCalledOnce();
  expect(warn.mock.lastCall![0]).toMatch(/ONNX Runtime is not installed/);
  expect(warn.mock.lastCall![0]).toMatch(command);
});

test('whoever asks for replay is not told', async () => {
  expect(valuesOf(await compile(double, { target: 'replay' })(tf.ones([1])))).toEqual([2]);
  expect(warn).not.toHaveBeenCalled();
});

test.each([{ target: 'onnx' } as const, { precision: 'float64' } as const])(
  'an error where it is needed: %o',
  async (options) => {
    const call = compile(double, options)(tf.ones([1]));
    await expect(call).rejects.toThrow(EngineError);
    await expect(call).rejects.toThrow(command);
  },
);
