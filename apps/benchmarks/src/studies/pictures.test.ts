import { Split } from '@pushforward/datasets';
import { useEngine } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { byBlocks } from './byBlocks.js';
import { quarterTurns } from './quarterTurns.js';

test('images are turned to the left, no quarter, one, two and three, their colours together', () => {
  // a b over c d, of two colours each.
  const image = [1, -1, 2, -2, 3, -3, 4, -4];
  const images = new Split({
    columns: image.map((_, i) => `number${i}`),
    x: Float32Array.from(Array(5).fill(image).flat() as number[]),
  });
  const { x, labels, target, columns } = quarterTurns(images, [2, 2, 2]);
  expect([...labels]).toEqual([0, 1, 2, 3, 0]);
  expect([target!.classes!.length, columns]).toEqual([4, images.columns]);
  const first = Array.from({ length: 5 }, (_, n) => [...x.subarray(8 * n, 8 * n + 8)]);
  expect(first).toEqual([
    image,
    [2, -2, 4, -4, 1, -1, 3, -3],
    [4, -4, 3, -3, 2, -2, 1, -1],
    [3, -3, 1, -1, 4, -4, 2, -2],
    image,
  ]);
});

test('blocks of rows are as all rows together', async () => {
  await useEngine('cpu');
  const x = tf.reshape(tf.range(0, 1200), [600, 2]);
  const starts: number[] = [];
  const y = byBlocks(x, (rows, start) => {
    starts.push(start);
    return tf.sum(rows, 1);
  });
  expect(starts).toEqual([0, 250, 500]);
  expect([...y.dataSync()]).toEqual(Array.from({ length: 600 }, (_, n) => 4 * n + 1));
  tf.dispose([x, y]);
});
