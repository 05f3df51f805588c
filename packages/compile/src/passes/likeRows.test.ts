/** What is alike in all rows is computed once, and the numbers stay. */
import { Key, type Tensor } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { Program } from '../graph/program.js';
import { trace } from '../record/trace.js';
import { replay } from '../run/replay.js';
import { simplify } from './simplify.js';

const [x, time] = [Key.from(1).normal([6, 2]), tf.tensor1d([0.3])];
const [weight, bias] = [Key.from(2).normal([7, 4]), Key.from(3).normal([4])];
const rates = tf.tensor1d([1, 0.1]);
const others = [Key.from(4).normal([6, 2]), tf.tensor1d([1.7]), Key.from(5).normal([7, 4])];

type Layer = (x: Tensor, time: Tensor, weight: Tensor) => Tensor;

const shapesOf = ({ nodes }: Program, kernel: string) =>
  nodes.filter((node) => node.kernel === kernel).map(({ outputs }) => outputs[0]!.shape);

async function expectSame(before: Program, after: Program): Promise<void> {
  const [expected] = await replay(before).run(others, []);
  const [got] = await replay(after).run(others, []);
  expect(got!).toBeAllClose(expected!, { abs: 1e-5, rel: 1e-5 });
}

/** Sines and cosines of a time that all rows share. */
const features = (time: Tensor) => {
  const angles = tf.mul(tf.expandDims(tf.broadcastTo(time, [6]), -1), rates);
  return [tf.sin(angles), tf.cos(angles)];
};

const programs = (layer: Layer): [Program, Program] => {
  const before = trace(layer, [x, time, weight]).program!;
  return [before, simplify(before)];
};

test('features of a shared time, and their part of a product', async () => {
  const [before, after] = programs((x, time, weight) => {
    const inputs = tf.concat([x, ...features(time), tf.slice(x, [0, 1], [6, 1])], 1);
    return tf.add(tf.matMul(inputs as tf.Tensor2D, weight as tf.Tensor2D), bias);
  });
  expect(shapesOf(before, 'Sin')).toEqual([[6, 2]]);
  for (const kernel of ['Sin', 'Cos']) expect(shapesOf(after, kernel)).toEqual([[1, 2]]);
  expect(shapesOf(after, 'Tile')).toEqual([]);
  // Of the rows that differ, and of the one that is added: their biases are joined.
  expect(shapesOf(after, 'BatchMatMul').sort()).toEqual([
    [1, 4],
    [6, 4],
  ]);
  expect(shapesOf(after, 'Add').sort()).toEqual([
    [1, 4],
    [6, 4],
  ]);
  await expectSame(before, after);
});

test('rows that meet others are spread when they do, not before', async () => {
  const [before, after] = programs((x, time) => {
    const [sine, cosine] = features(time) as [Tensor, Tensor];
    return tf.add(tf.mul(tf.exp(tf.sub(sine, cosine)), 3), x);
  });
  expect(shapesOf(after, 'Exp')).toEqual([[1, 2]]);
  expect(shapesOf(after, 'Sub')).toEqual([[1, 2]]);
  await expectSame(before, after);
});

test('rows that are not alike stay as they are', async () => {
  const [before, after] = programs((x, time) => {
    // The same number in every column, another in every row.
    const wide = tf.tile(tf.slice(x, [0, 0], [6, 1]), [1, 2]);
    return tf.add(tf.sin(wide), tf.mul(time, tf.concat([x, x], 0).slice([3, 0], [6, 2])));
  });
  expect(shapesOf(after, 'Sin')).toEqual([[6, 2]]);
  await expectSame(before, after);
});
