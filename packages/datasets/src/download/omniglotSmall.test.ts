import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, Key, OptionError } from '@pushforward/tensors';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeWithData, dataFolder as folder } from '../../test/folder.js';
import type { Dataset, Split } from '../split/split.js';
import { omniglotSmall } from './omniglotSmall.js';

describe('omniglotSmall', () => {
  test('knows its options, and says what is missing', async () => {
    await expect(omniglotSmall(Key.from(1), { root: '.' } as object)).rejects.toThrow(OptionError);
    await expect(omniglotSmall(Key.from(1), { folder: '/nowhere' })).rejects.toThrow(DataError);
  });
});

const PIXELS = 784;
const imageOf = ({ x }: Split, i: number) => x.subarray(PIXELS * i, PIXELS * (i + 1));

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [aa, bb, ab, meanA, meanB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < PIXELS; i++) {
    meanA += a[i]! / PIXELS;
    meanB += b[i]! / PIXELS;
  }
  for (let i = 0; i < PIXELS; i++) {
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
    ab += (a[i]! - meanA) * (b[i]! - meanB);
  }
  return ab / Math.sqrt(aa * bb);
}

describeWithData('omniglotSmall from a folder', 'omniglot-small', () => {
  let data: Dataset;
  beforeAll(async () => {
    data = await omniglotSmall(Key.from(1), { folder });
  });

  test('has twenty drawings of each character, none of them twice', () => {
    const parts = [data.train, data.validation, data.test];
    expect(parts.map(({ length }) => length)).toEqual([3872, 484, 484]);
    const { classes } = data.train.target!;
    expect(classes).toHaveLength(242);
    expect(new Set(classes!.map((character) => character.split('/')[0])).size).toBe(8);
    const counts = new Int32Array(242);
    for (const { labels } of parts) for (const label of labels) counts[label]!++;
    expect(new Set(counts)).toEqual(new Set([20]));
    const images = parts.flatMap((part) =>
      Array.from({ length: part.length }, (_, i) => Buffer.from(imageOf(part, i)).toString('hex')),
    );
    expect(new Set(images).size).toBeGreaterThan(4830); // a few short strokes are alike
    for (const { x } of parts)
      expect(x.every((grey) => Number.isInteger(grey) && grey >= 0 && grey <= 255)).toBe(true);
  });

  const derived = 'omniglot-small/derived/images_background_small1';
  test('shows what others make of the same drawings, by name', () => {
    const { train } = data;
    const read = (name: string) => readFileSync(join(folder, `${derived}${name}`));
    const names = JSON.parse(read('-classes.json').toString()) as string[];
    const labels = read('-charlabels-idx1-ubyte').subarray(8);
    const images = read('_28x28-images-idx3-ubyte').subarray(16);
    // Their cells have whole pixels, three or four to a side: nearly the same pictures, not the same.
    let found = 0;
    for (let k = 0; k < 2720; k += 340) {
      const theirs = images.subarray(PIXELS * k, PIXELS * (k + 1));
      let best = { at: 0, value: 0 };
      for (let i = 0; i < train.length; i++) {
        const value = correlation(theirs, imageOf(train, i));
        if (value > best.value) best = { at: i, value };
      }
      if (best.value < 0.9) continue; // in another part
      found++;
      expect(train.target!.classes![train.labels[best.at]!]).toBe(names[labels[k]!]);
    }
    expect(found).toBeGreaterThanOrEqual(4); // of 8, each in the training part with a chance of 0.8
  });
});
