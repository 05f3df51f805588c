import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, Key, OptionError } from '@pushforward/tensors';
import { describe, expect, test } from 'vitest';
import { dataFolder, describeWithData } from '../../test/folder.js';
import { standardise } from '../preprocessing/standardise.js';
import { preprocess } from '../split/preprocess.js';
import { sachs } from './sachs.js';

describe('sachs', () => {
  test('has 20 edges without a cycle', () => {
    const { adjacency, columns } = sachs;
    expect(adjacency.flat().filter((entry) => entry === 1)).toHaveLength(20);
    // Taking away roots again and again leaves nothing.
    let left = columns.map((_, i) => i);
    for (;;) {
      const rest = left.filter((i) => left.some((j) => adjacency[i]![j] === 1));
      if (rest.length === left.length) break;
      left = rest;
    }
    expect(left).toEqual([]);
  });

  test('knows its options, and says what is missing', async () => {
    await expect(sachs(Key.from(1), { root: '.' } as object)).rejects.toThrow(OptionError);
    await expect(sachs(Key.from(1), { folder: '/nowhere' })).rejects.toThrow(DataError);
  });
});

describeWithData('sachs from a folder', 'sachs/gnf', () => {
  test('has its parts, by key, and moments', async () => {
    const data = await sachs(Key.from(1), { folder: dataFolder });
    const { train, validation, test } = data;
    expect([train.length, validation.length, test.length]).toEqual([9000, 1000, 1672]);
    expect([train.features, train.columns]).toEqual([11, sachs.columns]);
    expect(test.x[0]).toBeCloseTo(19.6, 5);
    const again = await sachs(Key.from(1), { folder: dataFolder });
    const other = await sachs(Key.from(2), { folder: dataFolder });
    expect(again.train.x).toEqual(train.x);
    expect(other.train.x).not.toEqual(train.x);
    expect(other.test.x).toEqual(test.x);
    const standard = preprocess(data, { x: standardise(train) }).train;
    const raf = Array.from({ length: 9000 }, (_, i) => standard.x[11 * i]!);
    const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / 9000;
    expect(mean(raf)).toBeCloseTo(0, 4);
    expect(mean(raf.map((v) => v ** 2))).toBeCloseTo(1, 3);
  });

  const graphFile = join(
    dataFolder,
    'sachs/cmu-phil/ground.truth/sachs.2005.ground.truth.graph.txt',
  );
  test.skipIf(!existsSync(graphFile))('has the network that is published with the data', () => {
    const text = readFileSync(graphFile, 'utf8');
    const published = [...text.matchAll(/(\w+) --> (\w+)/g)].map(([, from, to]) => [from!, to!]);
    const ours = sachs.adjacency.flatMap((row, i) =>
      row.flatMap((entry, j) => (entry === 1 ? [[sachs.columns[j]!, sachs.columns[i]!]] : [])),
    );
    expect(ours.sort()).toEqual(published.sort());
  });
});
