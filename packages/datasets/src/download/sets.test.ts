import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Key, OptionError } from '@pushforward/tensors';
import { describe, expect, test } from 'vitest';
import { dataFolder, describeWithData } from '../../test/folder.js';
import type { Split } from '../split/split.js';
import { bsds300Patches } from './bsds300.js';
import { fashionMnist, mnist } from './mnist.js';
import { wineQuality } from './wineQuality.js';

const folder = dataFolder;

/** Mean and standard deviation of all numbers. */
function momentsOf(parts: Split[]) {
  let [count, sum, squares] = [0, 0, 0];
  for (const { x } of parts) {
    count += x.length;
    for (let i = 0; i < x.length; i++) {
      sum += x[i]!;
      squares += x[i]! ** 2;
    }
  }
  return { mean: sum / count, sd: Math.sqrt(squares / count - (sum / count) ** 2) };
}

describe.each([
  ['mnist', mnist, [0.13066, 0.30811], [5, 0, 4, 1, 9], [7, 2, 1, 0, 4]],
  ['fashion-mnist', fashionMnist, [0.28604, 0.35302], [9, 0, 0, 3, 0], [9, 2, 1, 1, 6]],
] as const)('%s', (path, load, [mean, sd], first, firstTest) => {
  describeWithData('from a folder', path, () => {
    test('has its images, labels and moments', async () => {
      const { train, validation, test } = await load({ folder });
      expect([train.length, validation.length, test.length]).toEqual([50_000, 10_000, 10_000]);
      expect(train.features).toBe(784);
      expect(train.columns.slice(27, 29)).toEqual(['pixel_0_27', 'pixel_1_0']);
      expect([...train.labels.subarray(0, 5)]).toEqual(first);
      expect([...test.labels.subarray(0, 5)]).toEqual(firstTest);
      expect(train.target!.classes).toHaveLength(10);
      const moments = momentsOf([train, validation]);
      expect(moments.mean / 255).toBeCloseTo(mean, 5);
      expect(moments.sd / 255).toBeCloseTo(sd, 5);
    });
  });

  test('says which file is missing', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'pushforward-empty-'));
    await expect(load({ folder: empty })).rejects.toThrow(
      `holds no ${path}/train-images-idx3-ubyte.gz`,
    );
    rmSync(empty, { recursive: true });
  });

  test('knows its options', () => {
    expect(() => load({ root: '.' } as object)).toThrow(OptionError);
  });
});

describeWithData('wineQuality', 'uci/jbrownlee', () => {
  test.each([
    ['red', 1599, [7.4, 0.7, 0, 1.9, 0.076, 11, 34, 0.9978, 3.51, 0.56, 9.4], 5],
    ['white', 4898, [7, 0.27, 0.36, 20.7, 0.045, 45, 170, 1.001, 3, 0.45, 8.8], 6],
  ] as const)('%s', async (colour, rows, first, quality) => {
    const wines = await wineQuality(colour, { folder });
    expect([wines.length, wines.features]).toEqual([rows, 11]);
    expect([...wines.x.subarray(0, 11)]).toEqual(first.map(Math.fround));
    expect([wines.target!.name, wines.target!.values[0]]).toEqual(['quality', quality]);
  });

  test('the original file, with semicolons and a header, gives the same', async () => {
    const text = readFileSync(join(folder, 'uci/jbrownlee/winequality-red.csv'), 'utf8');
    const wines = await wineQuality('red', { folder });
    const names = [...wines.columns, 'quality'].map((name) => `"${name}"`).join(';');
    const home = mkdtempSync(join(tmpdir(), 'pushforward-wine-'));
    mkdirSync(join(home, 'wine-quality'));
    // Byte for byte the file at UCI: its published checksum holds.
    writeFileSync(
      join(home, 'wine-quality/winequality-red.csv'),
      `${names}\n${text.trim().replaceAll(',', ';')}\n`,
    );
    const original = await wineQuality('red', { folder: home });
    expect(original.x).toEqual(wines.x);
    expect(original.target).toEqual(wines.target);
    rmSync(home, { recursive: true });
  });

  test('comes in two colours', async () => {
    await expect(wineQuality('rosé' as 'red')).rejects.toThrow(OptionError);
  });
});

describeWithData('bsds300Patches', 'bsds300/derived', () => {
  test('patches of mean zero, without their last pixel, noise by key', async () => {
    const { train, validation, test } = await bsds300Patches(Key.from(1), { folder });
    expect([train.length, validation.length, test.length]).toEqual([100_000, 10_000, 25_000]);
    expect(train.features).toBe(63);
    expect(train.columns.at(-1)).toBe('pixel_7_6');
    // The last pixel is minus the sum of the others; it is spread as its neighbour is.
    const variance = (f: (i: number) => number) => {
      let squares = 0;
      for (let i = 0; i < test.length; i++) squares += f(i) ** 2;
      return squares / test.length;
    };
    const last = variance((i) => test.x.subarray(63 * i, 63 * i + 63).reduce((s, v) => s + v, 0));
    const corner = variance((i) => test.x[63 * i]!);
    expect(last / corner).toBeCloseTo(1, 1);
    expect(Math.abs(momentsOf([train]).mean)).toBeLessThan(1e-3);
    const otherKey = await bsds300Patches(Key.from(2), { folder });
    expect(otherKey.test.x[0]).not.toBe(test.x[0]);
  });

  test('cannot be downloaded', async () => {
    const home = mkdtempSync(join(tmpdir(), 'pushforward-bsds-'));
    mkdirSync(join(home, 'bsds300/derived'), { recursive: true });
    const name = 'bsds300/derived/patches_val_10000x64_u8.bin';
    copyFileSync(join(folder, name), join(home, name));
    await expect(bsds300Patches(Key.from(1), { folder: home })).rejects.toThrow(/train_100000x64/);
    rmSync(home, { recursive: true });
  });
});
