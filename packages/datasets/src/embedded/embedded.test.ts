import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { dataFolder, describeWithData } from '../../test/folder.js';
import type { Split } from '../split/split.js';
import { breastCancer } from './breastCancer.js';
import { diabetes } from './diabetes.js';
import { digits } from './digits.js';
import { iris } from './iris.js';
import { wine } from './wine.js';

/** Rows, columns, and per class the rows; what scikit-learn's descriptions say. */
const facts: [name: string, load: () => Split, rows: number, columns: number, classes: number[]][] =
  [
    ['iris', iris, 150, 4, [50, 50, 50]],
    ['wine', wine, 178, 13, [59, 71, 48]],
    ['digits', digits, 1797, 64, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]],
    ['breast cancer', breastCancer, 569, 30, [212, 357]],
    ['diabetes', diabetes, 442, 10, []],
  ];

describe.each(facts)('%s', (name, load, rows, columns, classes) => {
  test('has the rows, columns and classes of its description', () => {
    const split = load();
    expect([split.name, split.length, split.features]).toEqual([name, rows, columns]);
    expect(split.source).not.toBe('');
    const counts = classes.map((_, k) => split.labels.filter((label) => label === k).length);
    expect(counts).toEqual(classes);
    expect(split.target!.classes?.length ?? 0).toBe(classes.length);
  });

  test('comes anew with each call', () => {
    load().x.fill(0);
    expect(load().x.some((value) => value !== 0)).toBe(true);
  });
});

/** Lowest, highest and mean value of a column, as printed in the descriptions. */
test.each([
  [iris, 'sepal length (cm)', 4.3, 7.9, 5.84],
  [iris, 'petal width (cm)', 0.1, 2.5, 1.2],
  [wine, 'proline', 278, 1680, 746],
  [wine, 'hue', 0.48, 1.71, 0.96],
  [breastCancer, 'mean radius', 6.981, 28.11, undefined],
  [breastCancer, 'worst area', 185.2, 4254, undefined],
])('%o: %s ranges from %f to %f', (load, column, low, high, mean) => {
  const { x } = load().select([column]);
  expect(Math.min(...x)).toBe(Math.fround(low));
  expect(Math.max(...x)).toBe(Math.fround(high));
  if (mean !== undefined)
    expect(Math.abs(x.reduce((sum, value) => sum + value, 0) / x.length / mean - 1)).toBeLessThan(
      0.01,
    );
});

test('the digits are integers from 0 to 16', () => {
  const { x } = digits();
  expect(x.every((pixel) => Number.isInteger(pixel) && pixel >= 0 && pixel <= 16)).toBe(true);
  expect(Math.max(...x)).toBe(16);
});

test('classes become a one-hot context', () => {
  const { context } = iris().given(['species']);
  expect(context!.columns).toEqual(['species=setosa', 'species=versicolor', 'species=virginica']);
  expect([...context!.x.subarray(0, 3)]).toEqual([1, 0, 0]);
  expect([...context!.x.subarray(-3)]).toEqual([0, 0, 1]);
});

describeWithData('embedded data against the originals', 'sklearn', () => {
  const lines = (name: string) => {
    const bytes = readFileSync(join(dataFolder, 'sklearn', name));
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    return text.trim().split('\n');
  };
  const cells = (name: string, separator: RegExp | string, skip: number) =>
    lines(name)
      .slice(skip)
      .map((line) => line.trim().split(separator).map(Number));
  const targets = cells('diabetes_target.csv.gz', ' ', 0);

  test.each([
    ['iris', iris, cells('iris.csv', ',', 1)],
    ['wine', wine, cells('wine_data.csv', ',', 1)],
    ['breast cancer', breastCancer, cells('breast_cancer.csv', ',', 1)],
    ['digits', digits, cells('digits.csv.gz', ',', 0)],
    [
      'diabetes',
      diabetes,
      cells('diabetes_data_raw.csv.gz', /\s+/, 0).map((row, i) => [...row, ...targets[i]!]),
    ],
  ])('%s: every number comes back, to its last decimal', (_, load, original) => {
    const { x, features, target } = load();
    let wrong = 0;
    for (const [i, row] of original.entries())
      for (const [j, value] of row.entries()) {
        const got = j < features ? x[i * features + j]! : target!.values[i]!;
        if (Number(got.toPrecision(7)) !== value) wrong++;
      }
    expect(original.length * features).toBe(x.length);
    expect(wrong).toBe(0);
  });

  test('scripts/embed.mjs writes the modules that are here', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pushforward-embed-'));
    const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
    try {
      execFileSync(process.execPath, [here('../../scripts/embed.mjs'), folder], {
        env: { ...process.env, PUSHFORWARD_DATA: dataFolder },
      });
      expect(readdirSync(folder)).toHaveLength(5);
      for (const file of readdirSync(folder))
        expect(readFileSync(join(folder, file), 'utf8')).toBe(
          readFileSync(here(`../../data/${file}`), 'utf8'),
        );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
