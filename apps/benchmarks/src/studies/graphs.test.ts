import { arithmeticCircuit, eightPairs } from '@pushforward/datasets';
import { Key } from '@pushforward/tensors';
import { describe, expect, test } from 'vitest';
import { adjacencyChart } from '../charts/adjacency.js';
import { drawData, truthOf } from './graphData.js';
import { agreement, edgeCount } from './graphSearch.js';
import { estimate } from './score.js';
import { toRows } from './study.js';

const sizes = { train: 1000, test: 2000 };

describe('data with their network', () => {
  test('have columns in random order, and the network in the same', () => {
    const { train, validation, test, adjacency } = drawData(Key.from(1), eightPairs, sizes);
    expect([train.length, validation.length, test.length]).toEqual([900, 100, 2000]);
    expect(train.columns).not.toEqual(eightPairs.columns);
    for (const part of [validation, test]) expect(part.columns).toEqual(train.columns);
    const edges = adjacency.flatMap((row, i) =>
      row.flatMap((entry, j) => (entry === 1 ? [[train.columns[j]!, train.columns[i]!]] : [])),
    );
    expect(edges).toHaveLength(8);
    for (const [from, to] of edges)
      expect([from!.at(-1), to]).toEqual(['1', from!.replace(/1$/, '2')]);
  });

  test('are standardised by the training part', () => {
    const { train } = drawData(Key.from(1), arithmeticCircuit, sizes);
    for (const [j] of train.columns.entries()) {
      const column = toRows(train.x, train.features).map((row) => row[j]!);
      const { mean, standardError } = estimate(column);
      expect(mean).toBeCloseTo(0, 5);
      expect(standardError * Math.sqrt(column.length)).toBeCloseTo(1, 2);
    }
  });

  test('come with log p under the law, for columns of standard deviation 1', () => {
    // -1.0801, the negative entropy, and 5.023, the logarithms of the standard deviations.
    const { mean, standardError } = estimate(truthOf(Key.from(2), arithmeticCircuit, sizes));
    expect(Math.abs(mean - 3.943)).toBeLessThan(5 * standardError);
    expect(standardError).toBeLessThan(0.1);
  });
});

describe('graphs', () => {
  const truth = [
    [0, 0, 0],
    [1, 0, 0],
    [1, 0, 0],
  ];
  const found = [
    [0, 1, 0],
    [0, 0, 0],
    [1, 1, 0],
  ];

  test('agree where they join the same pairs', () => {
    expect([edgeCount(truth), edgeCount(found)]).toEqual([2, 3]);
    expect(agreement(found, truth)).toEqual({ joined: 2, directed: 1, different: 1 });
    expect(agreement(truth, truth)).toEqual({ joined: 2, directed: 2, different: 0 });
  });

  test('are drawn as cells, with a dot for each edge that was found', () => {
    const { markup } = adjacencyChart(truth, found, ['a', 'b', 'c'], 'x');
    expect(markup.match(/<rect/g)).toHaveLength(9);
    expect(markup.match(/<circle/g)).toHaveLength(3);
    expect(markup.match(/<rect[^>]*fill="#3a4252"/g)).toHaveLength(2);
    expect(markup.match(/<rect[^>]*fill="#c8ccd4"/g)).toHaveLength(2);
    for (const meaning of ['believed', 'reversed', 'found'])
      expect(markup).toContain(`>${meaning}<`);
  });
});
