/** What is passed to a compiled function, and how calls are told apart. */
import { Key } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from '../compile.js';
import { leavesOf } from './structure.js';

describe.each(['onnx', 'replay'] as const)('%s', (target) => {
  test('arguments that are one tensor at first may be two later', async () => {
    const minus = compile((a: tf.Tensor, b: tf.Tensor) => tf.sub(a, b), { target });
    const [x, y] = [tf.tensor1d([5, 7]), tf.tensor1d([1, 3])];
    expect(valuesOf(await minus(x, x))).toEqual([0, 0]);
    expect(valuesOf(await minus(x, y))).toEqual([4, 4]);
    expect(valuesOf(await minus(x.clone(), x))).toEqual([0, 0]);
  });

  test('an argument may be a variable that the function reads, too', async () => {
    const v = tf.variable(tf.scalar(10));
    const plus = compile((a: tf.Tensor) => tf.add(a, v), { target });
    expect(valuesOf(await plus(v))).toEqual([20]);
    expect(valuesOf(await plus(tf.scalar(1)))).toEqual([11]);
  });

  test('an argument may be a tensor that the function reads from outside, too', async () => {
    const c = tf.scalar(10);
    const plus = compile((a: tf.Tensor) => tf.add(a, c), { target });
    expect(valuesOf(await plus(c))).toEqual([20]);
    expect(valuesOf(await plus(tf.scalar(1)))).toEqual([11]);
  });

  test('a key is no result', async () => {
    const split = compile((key: Key) => key.split(2), { target });
    await expect(split(Key.from(1))).rejects.toThrow('returns a key');
  });
});

test.each([
  [['a', 'b'], ['a,string b']],
  [{ a: 1, b: 1 }, { 'a:number 1,b': 1 }],
  [0, -0],
  ['1', 1],
  [null, undefined],
])('%j and %j are recorded apart', (one, other) => {
  expect(leavesOf([one]).signature).not.toBe(leavesOf([other]).signature);
});

test('records without a prototype are records', () => {
  const bare = Object.assign(Object.create(null) as object, { a: tf.ones([2]) });
  expect(leavesOf(bare).signature).toBe(leavesOf({ a: tf.ones([2]) }).signature);
});

test('sessions are for ONNX Runtime', () => {
  expect(() => compile(() => tf.ones([1]), { target: 'replay', session: {} })).toThrow(
    'session is for ONNX Runtime',
  );
});
