/** Which products are joined, and that the numbers stay. */
import { Key, type Tensor, tanh } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { outputsOf, type Program } from '../graph/program.js';
import { trace } from '../record/trace.js';
import { replay } from '../run/replay.js';
import { withProductsJoined } from './joinedProducts.js';
import { packed, simplify } from './simplify.js';

/** As recorded, and the same with products joined. */
async function both(fn: (x: Tensor, w: Tensor) => Tensor[], rows: number) {
  const [x, w] = [Key.from(1).normal([rows, 3]), Key.from(2).normal([3, 3])];
  const before = simplify(trace(fn, [x, w]).program!);
  const after = withProductsJoined(before);
  const [expected, got] = [
    await replay(before).run([x, w], []),
    await replay(after).run([x, w], []),
  ];
  for (const [i, tensor] of got.entries())
    expect(tensor).toBeAllClose(expected[i]!, { abs: 1e-4, rel: 1e-5 });
  return [before, after] as const;
}

const count = ({ nodes }: Program, kernel: string, transposed?: true) =>
  nodes.filter((node) => node.kernel === kernel && (!transposed || node.attributes.transposeA))
    .length;

/** The gradients of a recurrence of some steps with respect to its weight and bias. */
const recurrence = (steps: number) => (x: Tensor, w: Tensor) =>
  tf.grads((w: Tensor, b: Tensor) => {
    let h = x;
    for (let i = 0; i < steps; i++) h = tanh(tf.add(tf.matMul(h, w), b));
    return tf.sum(h);
  })([w, tf.zeros([3])]);

test('the gradients of a weight and a bias that are used often are one product and one sum', async () => {
  const [before, after] = await both(recurrence(7), 5);
  expect(count(before, 'BatchMatMul', true)).toBe(7);
  expect(count(after, 'BatchMatMul', true)).toBe(1);
  expect(count(after, 'Sum')).toBe(1);
  expect(count(packed(before), 'Concat')).toBe(2);
});

test('no more rows are laid end to end than stay in the cache', async () => {
  const [, after] = await both(recurrence(11), 500);
  // Four of 500 rows at a time.
  expect(count(after, 'BatchMatMul', true)).toBe(3);
});

test('long products stay as they are', async () => {
  const [before, after] = await both(recurrence(3), 512);
  expect(after.nodes).toHaveLength(before.nodes.length);
});

test('what others need too, and sums that broadcast, stay as they are', async () => {
  const product = (x: Tensor, y: Tensor) => tf.matMul(x, y, true);
  const [, after] = await both((x, w) => {
    const shared = product(x, tf.sin(x));
    const sum = tf.add(tf.add(product(x, x), shared), product(x, tf.cos(x)));
    const spread = tf.add(tf.add(product(x, tf.exp(x)), tf.sum(w, 0)), product(x, tf.abs(x)));
    return [sum, tf.exp(shared), spread];
  }, 4);
  // Of the first sum two are joined; what broadcasts is a sum of its own.
  expect(count(after, 'BatchMatMul', true)).toBe(4);
  expect(outputsOf(after)).toHaveLength(3);
});
