import { Key, type Tensor } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { trace } from '../record/trace.js';
import { replay } from '../run/replay.js';
import { withNoiseFirst } from './noiseFirst.js';

test('noise that is scaled stands before the steps that add it, and the numbers stay', async () => {
  const walk = (key: Key, x: Tensor) => {
    for (let k = 0; k < 3; k++)
      x = tf.add(tf.tanh(x), tf.mul(0.1 * (k + 1), key.foldIn(k).normal([4])));
    return x;
  };
  const [key, x] = [Key.from(1), tf.linspace(-1, 1, 4)];
  const before = trace(walk, [key, x]).program!;
  const after = withNoiseFirst(before);
  const kernels = after.nodes.map(({ kernel }) => kernel);
  expect(kernels).toEqual([
    ...Array<string>(3).fill('Multiply'),
    ...[1, 2, 3].flatMap(() => ['Tanh', 'Add']),
  ]);
  expect(before.nodes.map(({ kernel }) => kernel)).not.toEqual(kernels);
  for (const program of [before, after]) {
    const [end] = await replay(program).run([x], [key]);
    expect(end!).toBeAllClose(walk(key, x), { abs: 0 });
  }
});
