import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { trace } from '../record/trace.js';
import { replay } from '../run/replay.js';
import { withFewOperands } from './fewOperands.js';

test.each([7, 8, 30, 60])('%d pieces are cut and laid out in small steps', async (count) => {
  const sizes = Array.from({ length: count }, (_, i) => 1 + (i % 3));
  const size = sizes.reduce((total, n) => total + n, 0);
  const x = tf.reshape(tf.range(0, 2 * size), [2, size]);
  const { program } = trace(
    (x: tf.Tensor) => tf.concat([...tf.split(x, sizes, 1).reverse(), tf.zeros([2, 0])], 1),
    [x],
  );
  const after = withFewOperands(program!);
  for (const { inputs, outputs } of after.nodes)
    expect(inputs.length + outputs.length).toBeLessThanOrEqual(8);
  const [expected] = await replay(program!).run([x], []);
  const [got] = await replay(after).run([x], []);
  expect(got!).toBeAllClose(expected!, { abs: 0 });
});
