import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, OptionError } from '@pushforward/tensors';
import jpeg from 'jpeg-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { celebA } from './celebA.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushforward-celeba-'));
  mkdirSync(join(folder, 'celeba/img_align_celeba'), { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A picture in the size of the authors: blue from left to right, green from top to bottom, of a red. */
function put(name: string, red: number, width = 178, height = 218) {
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set([red, y, x, 255], 4 * (y * width + x));
  const { data: bytes } = jpeg.encode({ data, width, height }, 100);
  writeFileSync(join(folder, 'celeba/img_align_celeba', name), bytes);
}

const list = (text: string) => {
  writeFileSync(join(folder, 'celeba/list_eval_partition.txt'), text);
};

describe('celebA', () => {
  beforeEach(() => {
    list('000001.jpg 0\n000002.jpg 1\n000003.jpg 0\n000004.jpg 2\n000005.jpg 0\n');
    for (const i of [1, 2, 3, 4, 5]) put(`00000${i}.jpg`, 40 * i);
  });

  test('has the middles of the pictures, in the parts of the list', async () => {
    const seen: number[] = [];
    const { train, validation, test } = await celebA({
      ...{ folder, size: 4, train: 2 },
      progress: (count, total) => seen.push(count / total),
    });
    expect([train.length, validation.length, test.length]).toEqual([2, 1, 1]);
    expect(seen).toEqual([0.25, 0.5, 0.75, 1]);
    expect(train.columns.slice(11, 14)).toEqual([
      ...['pixel_0_3_blue', 'pixel_1_0_red', 'pixel_1_0_green'],
    ]);
    for (const [part, reds] of [
      [train, [40, 120]],
      [validation, [80]],
      [test, [160]],
    ] as const)
      for (const [row, red] of reds.entries())
        for (let i = 0; i < 4; i++)
          for (let j = 0; j < 4; j++) {
            // Cells of 37 x 37 pixels, from the 36th row and the 16th column on; JPEG is right to two levels here.
            const cell = part.x.subarray(
              48 * row + 3 * (4 * i + j),
              48 * row + 3 * (4 * i + j + 1),
            );
            const expected = [red, 35 + 37 * i + 18, 15 + 37 * j + 18];
            for (const [c, value] of cell.entries())
              expect(Math.abs(value - expected[c]!)).toBeLessThanOrEqual(2);
          }
  });

  test('has 64 pixels on a side by default', async () => {
    const { train } = await celebA({ folder });
    expect([train.length, train.features]).toEqual([3, 64 * 64 * 3]);
    expect(train.x.every((value) => Number.isInteger(value))).toBe(true);
  });

  test('ends where it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(celebA({ folder, signal })).rejects.toThrow(/abort/);
  });

  test.each([
    [
      'a list of something else',
      () => {
        list('202599\n');
      },
      /'202599' is not a file and 0, 1 or 2/,
    ],
    [
      'another size',
      () => {
        put('000003.jpg', 1, 178, 178);
      },
      /000003.jpg has 178 x 178 pixels/,
    ],
    [
      'no picture',
      () => {
        list('000009.jpg 0');
      },
      /000009.jpg is absent: .*mmlab\.ie\.cuhk/,
    ],
  ] as const)('%s is refused', async (_, change, message) => {
    change();
    await expect(celebA({ folder })).rejects.toThrow(DataError);
    await expect(celebA({ folder })).rejects.toThrow(message);
  });

  test('knows its options', async () => {
    await expect(celebA({ root: '.' } as object)).rejects.toThrow(OptionError);
    await expect(celebA({ folder, size: 149 })).rejects.toThrow(/at most 148/);
  });
});
