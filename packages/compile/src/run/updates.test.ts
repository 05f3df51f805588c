/** Updates in WebAssembly: their numbers, and that nobody sees where these lie. */
import { Key, type Tensor, useEngine, type Variable } from '@pushforward/tensors';
import '@pushforward/testing';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import * as node from 'onnxruntime-node';
import { beforeEach, expect, test, vi } from 'vitest';
import { type CompileOptions, compile } from '../compile.js';
import { fillsBuffers } from './givenBuffers.js';
import { type Runtime, useRuntime } from './runtimes.js';
import { Updates } from './updates.js';

/** Calls that went through loops in WebAssembly. */
const updated = vi.spyOn(Updates.prototype, 'run');

beforeEach(async () => {
  await useEngine('cpu');
  updated.mockClear();
});

/** Every kernel of updates, on vectors of a size, with numbers that are known and one that is not. */
function steps(size: number, target: CompileOptions['target'] & string) {
  const variables = [1, 2, 3, 4].map((seed) =>
    tf.variable(tf.abs(Key.from(seed).normal([size]))),
  ) as [Variable, Variable, Variable, Variable];
  const [w, sum, squares, mean] = variables;
  const step = compile(
    (gradient: Tensor, scale: Tensor) => {
      sum.assign(tf.add(tf.mul(sum, 0.9), gradient));
      squares.assign(tf.add(tf.mul(squares, 0.99), tf.square(gradient)));
      const direction = tf.div(sum, tf.add(tf.sqrt(squares), 1e-8));
      w.assign(tf.sub(w, tf.mul(scale, direction)));
      mean.assign(tf.add(tf.neg(mean), tf.mul(0.1, tf.abs(tf.sub(w, mean)))));
      return tf.sum(gradient);
    },
    { target },
  );
  return { variables, step };
}

// The engine in JavaScript rounds every operation to single precision, as WebAssembly does.
test.each([2, 4, 5, 1023, 70_000])('%d numbers are to the bit those of an engine', async (size) => {
  const [given, expected] = [steps(size, 'onnx'), steps(size, 'replay')];
  for (let i = 0; i < 5; i++) {
    const [gradient, scale] = [Key.from(i).normal([size]), tf.scalar(0.1 / (i + 1))];
    for (const { step } of [given, expected]) tf.dispose(await step(gradient, scale));
  }
  expect(updated).toHaveBeenCalledTimes(5);
  for (const [i, variable] of given.variables.entries())
    expect(valuesOf(variable)).toEqual(valuesOf(expected.variables[i]!));
});

/** ONNX Runtime for Node, which fills the buffers that it is given, or one that does otherwise. */
function runtimeThat(treats: 'fills' | 'ignores' | 'refuses'): Runtime {
  if (treats === 'fills') return node;
  const create = async (...args: [Uint8Array]) => {
    const session = await node.InferenceSession.create(...args);
    const run = (feeds: node.InferenceSession.FeedsType, given: object) =>
      treats === 'refuses' && Object.values(given).some((place) => place !== null)
        ? Promise.reject(new Error('no buffers, please'))
        : session.run(feeds);
    return { run, release: () => session.release() };
  };
  return { ...node, InferenceSession: { create } } as unknown as Runtime;
}

test.each([
  ['fills', true],
  ['ignores', false],
  ['refuses', false],
] as const)('a runtime that %s buffers gives the same numbers', async (treats, fills) => {
  /** x' A x / 2, whose gradient is returned, too. */
  const descended = async () => {
    const x = tf.variable(tf.tensor1d([1, 2, 4]));
    const slopes: tf.Tensor[] = [];
    const step = compile(
      (a: tf.Tensor2D) => {
        const slope = tf.dot(a, x);
        x.assign(tf.sub(x, tf.mul(0.5, slope)));
        return slope;
      },
      { target: 'onnx' },
    );
    for (let i = 0; i < 3; i++) slopes.push(await step(tf.eye(3)));
    return [...slopes, x].map(valuesOf);
  };
  const runtime = runtimeThat(treats);
  expect(await fillsBuffers(runtime, {})).toBe(fills);
  useRuntime(runtime);
  const given = await descended();
  useRuntime(node);
  expect(updated).toHaveBeenCalledTimes(3);
  expect(given).toEqual([
    [1, 2, 4],
    [0.5, 1, 2],
    [0.25, 0.5, 1],
    [0.125, 0.25, 0.5],
  ]);
});

test('variables that are updated by one another are read before any is written', async () => {
  const [a, b] = [tf.variable(tf.tensor1d([1, 2, 3])), tf.variable(tf.tensor1d([10, 20, 30]))];
  const step = compile((x: Tensor) => {
    const before = tf.clone(a);
    a.assign(tf.mul(b, 2));
    b.assign(tf.add(before, 1));
    return tf.sum(x);
  });
  await step(tf.ones([2]));
  expect([valuesOf(a), valuesOf(b)]).toEqual([
    [20, 40, 60],
    [2, 3, 4],
  ]);
  await step(tf.ones([2]));
  expect([valuesOf(a), valuesOf(b)]).toEqual([
    [4, 6, 8],
    [21, 41, 61],
  ]);
  expect(updated).toHaveBeenCalledTimes(2);
});

test('a program of updates alone stays with the runtime, which takes no empty one', async () => {
  const w = tf.variable(tf.ones([5]));
  const step = compile(
    () => {
      w.assign(tf.mul(w, 2));
    },
    { target: 'onnx' },
  );
  await step();
  await step();
  expect(valuesOf(w)).toEqual([4, 4, 4, 4, 4]);
  expect(updated).not.toHaveBeenCalled();
});

/** w <- w - x[at], which fails where there is no such row. */
function descent() {
  const w = tf.variable(tf.tensor1d([1, 2, 3, 4, 5]));
  const step = compile((x: Tensor, at: tf.Tensor1D) => {
    const row = tf.reshape(tf.gather(x, at), [5]);
    w.assign(tf.sub(w, row));
    return tf.sum(row);
  });
  const x = tf.tensor2d([
    [1, 1, 1, 1, 1],
    [0, 0, 0, 0, 5],
  ]);
  return { w, call: (at: number) => step(x, tf.tensor1d([at], 'int32')), step };
}

test('a call that fails leaves them as they were', async () => {
  const { w, call } = descent();
  await call(0);
  await expect(call(7)).rejects.toThrow(/does not run the program/);
  expect(valuesOf(w)).toEqual([0, 1, 2, 3, 4]);
  await call(1);
  expect(valuesOf(w)).toEqual([0, 1, 2, 3, -1]);
  expect(updated).toHaveBeenCalledTimes(2);
});

test('eager code sees them, assigns them and keeps copies; they outlive the program', async () => {
  const { w, call, step } = descent();
  await call(0);
  const copy = tf.clone(w);
  const numbers = w.dataSync();
  w.assign(tf.mul(w, 10));
  await call(0);
  expect(valuesOf(w)).toEqual([-1, 9, 19, 29, 39]);
  expect(valuesOf(copy)).toEqual([0, 1, 2, 3, 4]);
  expect([...numbers]).toEqual([0, 1, 2, 3, 4]);
  step.dispose();
  expect(valuesOf(w)).toEqual([-1, 9, 19, 29, 39]);
});

test('a program that only reads sees every update', async () => {
  const { w, call } = descent();
  const read = compile((x: Tensor) => tf.add(x, w), { target: 'onnx' });
  for (const last of [4, 3, 2]) {
    await call(0);
    expect(valuesOf(await read(tf.zeros([5]))).at(-1)).toBe(last);
    expect(valuesOf(await read(tf.zeros([5]))).at(-1)).toBe(last);
  }
});

test('a thousand steps take the memory of one', async () => {
  const { step } = steps(2 ** 16, 'onnx');
  const [gradient, scale] = [Key.from(1).normal([2 ** 16]), tf.scalar(0.1)];
  const held = async () => {
    tf.dispose(await step(gradient, scale));
    return { bytes: process.memoryUsage().arrayBuffers, tensors: tf.memory().numTensors };
  };
  const before = await held();
  let most = 0;
  for (let i = 0; i < 1000; i++) most = Math.max(most, (await held()).bytes);
  // In bytes of one vector.
  expect((most - before.bytes) / 2 ** 18).toBeLessThan(4);
  expect((await held()).tensors).toBe(before.tensors);
});

test('where WebAssembly is forbidden the runtime does all', async () => {
  const forbidden = vi.spyOn(WebAssembly, 'instantiate').mockRejectedValue(new Error('forbidden'));
  const { w, call } = descent();
  await call(0);
  forbidden.mockRestore();
  expect(valuesOf(w)).toEqual([0, 1, 2, 3, 4]);
  expect(updated).not.toHaveBeenCalled();
});
