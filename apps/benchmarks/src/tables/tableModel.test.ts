import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCsv, type Split } from '@pushforward/datasets';
import { DataError, Key, LoadError, OptionError, useEngine } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TableModel } from './tableModel.js';

beforeAll(() => useEngine());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushforward-model-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const text = 'a,b,kind,size\n1,10,x,0.5\n2,30,y,1.5\n4,20,x,2.5\n3,60,z,0.5\n';
const plain = () => parseCsv(text, { columns: ['a', 'b'] });
const byKind = () => parseCsv(text, { columns: ['a', 'b'], target: 'kind' });
const bySize = () => parseCsv(text, { columns: ['a', 'b'], target: 'size' });

const untrained = (table: Split) =>
  TableModel.create(Key.from(1), table, { flow: 'nsfAutoregressive' });

/** log N(x; mean, sd^2) with the moments of the column. */
function logNormal(x: number, column: readonly number[]): number {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
  return -((x - mean) ** 2) / (2 * variance) - 0.5 * Math.log(2 * Math.PI * variance);
}

describe('a model that has not been trained', () => {
  test.each([
    ['alone', plain],
    ['given a class', byKind],
    ['given a number', bySize],
  ])('%s is the normal law of the columns, in the units of the table', async (_, table) => {
    const model = untrained(table());
    const expected = [1, 2, 4, 3].map(
      (a, i) => logNormal(a, [1, 2, 4, 3]) + logNormal([10, 30, 20, 60][i]!, [10, 30, 20, 60]),
    );
    const values = await model.logProb(table());
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
    model.dispose();
  });

  test('draws in the units of the table', async () => {
    const model = untrained(plain());
    const x = await model.sample(Key.from(2), 4000);
    const b = x.filter((_, i) => i % 2 === 1);
    const mean = b.reduce((sum, value) => sum + value, 0) / b.length;
    // Mean 30, standard deviation 18.7: five standard errors.
    expect(Math.abs(mean - 30)).toBeLessThan((5 * 18.7) / Math.sqrt(4000));
    model.dispose();
  });
});

describe('saving', () => {
  test('what is loaded gives the same numbers', async () => {
    const model = untrained(byKind());
    // Weights that are not those of the start.
    for (const [i, weight] of model.flow.parameters().entries()) {
      const noise = Key.from(i).normal(weight.shape);
      weight.assign(noise.mul(0.1).add(weight));
      noise.dispose();
    }
    await model.save(folder);
    const loaded = await TableModel.load(folder);
    expect(await loaded.logProb(byKind())).toEqual(await model.logProb(byKind()));
    expect(await loaded.sample(Key.from(3), 5, 'y')).toEqual(
      await model.sample(Key.from(3), 5, 'y'),
    );
    expect(loaded.config).toEqual(model.config);
  });

  test('classes are known by name, in whatever order a table has them', () => {
    const model = untrained(byKind());
    const one = parseCsv('b,a,kind\n10,1,z\n', {
      columns: ['a', 'b'],
      target: 'kind',
      purpose: 'scoring',
    });
    expect([...model.encode(one).context!.x]).toEqual([0, 0, 1]);
  });

  test.each([
    [
      'cut short',
      'weights.safetensors',
      (path: string) => {
        truncateSync(path, 100);
      },
      /checksum/,
    ],
    [
      'no JSON',
      'config.json',
      (path: string) => {
        writeFileSync(path, '{');
      },
      /not JSON/,
    ],
    [
      'missing',
      'weights.safetensors',
      (path: string) => {
        rmSync(path);
      },
      /missing/,
    ],
    [
      'of another kind',
      'config.json',
      (path: string) => {
        writeFileSync(path, readFileSync(path, 'utf8').replace('"table"', '"picture"'));
      },
      /expected "table"/,
    ],
  ])('a model that is damaged (%s) is refused', async (_, file, damage, message) => {
    const model = untrained(plain());
    await model.save(folder);
    damage(join(folder, file));
    await expect(TableModel.load(folder)).rejects.toThrow(LoadError);
    await expect(TableModel.load(folder)).rejects.toThrow(message);
    await expect(TableModel.load(folder)).rejects.toThrow(folder);
  });
});

describe('what does not fit the model is refused', () => {
  const other = (csv: string, target: string) =>
    parseCsv(csv, { columns: ['a', 'b'], target, purpose: 'scoring' });

  test('a class it does not know', async () => {
    const model = untrained(byKind());
    await expect(model.logProb(other('a,b,kind\n1,2,w\n', 'kind'))).rejects.toThrow(
      /knows no 'w' of 'kind'; it knows x, y, z/,
    );
    await expect(model.sample(Key.from(1), 1, 'w')).rejects.toThrow(DataError);
    await expect(model.sample(Key.from(1), 1)).rejects.toThrow(OptionError);
  });

  test('a class where a number belongs, and the other way round', async () => {
    await expect(untrained(bySize()).logProb(other('a,b,size\n1,2,big\n', 'size'))).rejects.toThrow(
      /takes 'size' as a number, but here it is a class/,
    );
    await expect(untrained(byKind()).logProb(other('a,b,kind\n1,2,3\n', 'kind'))).rejects.toThrow(
      /takes 'kind' as a class, but here it is a number/,
    );
    await expect(untrained(bySize()).sample(Key.from(1), 1, 'big')).rejects.toThrow(OptionError);
  });

  test('a target where there is none', async () => {
    await expect(untrained(plain()).sample(Key.from(1), 1, 'x')).rejects.toThrow(/not conditional/);
  });
});

test('nothing is left on the engine', async () => {
  const model = untrained(byKind());
  await expectNoLeak(async () => {
    await model.logProb(byKind());
    await model.sample(Key.from(1), 10, 'x');
    await model.sampleLike(Key.from(1), model.encode(byKind()));
  });
});
