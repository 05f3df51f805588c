import { Split } from '@pushforward/datasets';
import { UNet } from '@pushforward/nn';
import { Key, type Module, useEngine } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { byBlocks } from './byBlocks.js';
import { convolutions } from './imageNetworks.js';
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

test('convolutions of patches are those of their pixels side by side', async () => {
  await useEngine('cpu');
  const options = { channels: [8], blocks: 1, attention: [] };
  const [height, width, patch] = [4, 6, 2];
  const [rows, columns, channels] = [height / patch, width / patch, patch ** 2];
  const net = convolutions({ ...options, patch })(Key.from(1), [height, width, 1], 3);
  const inner = new UNet(Key.from(1), { image: [rows, columns, channels], context: 3, ...options });
  const randomise = (module: Module) => {
    for (const [i, weight] of module.parameters().entries())
      weight.assign(tf.mul(0.3, Key.from(i).normal(weight.shape)));
  };
  randomise(net);
  randomise(inner);
  const x = Key.from(2).normal([2, height, width, 1]);
  const [t, context] = [Key.from(3).uniform([2]), Key.from(4).normal([2, 3])];
  const pixels = x.dataSync();
  // Where each number of the inner image is in the outer one.
  const places = Array.from({ length: 2 * height * width }, (_, i) => {
    const channel = i % channels;
    const place = Math.floor(i / channels);
    const [column, row] = [place % columns, Math.floor(place / columns) % rows];
    const n = Math.floor(place / (columns * rows));
    const y = patch * row + Math.floor(channel / patch);
    return (n * height + y) * width + patch * column + (channel % patch);
  });
  const cut = tf.tensor(
    places.map((place) => pixels[place]!),
    [2, rows, columns, channels],
  );
  const expected = new Float32Array(pixels.length);
  for (const [i, value] of inner.apply(cut, t, context).dataSync().entries())
    expected[places[i]!] = value;
  const found = net.apply(x, t, context);
  expect(found.shape).toEqual([2, height, width, 1]);
  for (const [i, value] of found.dataSync().entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  expect(Math.max(...expected)).toBeGreaterThan(0.01);
});
