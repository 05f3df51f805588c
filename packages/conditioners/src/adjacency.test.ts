import { DomainError, ShapeError } from '@pushforward/tensors';
import { describeGolden } from '@pushforward/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Adjacency,
  autoregressiveAdjacency,
  blockAdjacency,
  checkAdjacency,
  couplingAdjacency,
  depthOf,
  findCycle,
  levels,
  parentsOf,
  topologicalOrder,
} from './index.js';

/** Any graph without self-loops; most have cycles. */
const graphs = fc
  .integer({ min: 1, max: 7 })
  .chain((size) =>
    fc.array(fc.array(fc.nat(1), { minLength: size, maxLength: size }), {
      minLength: size,
      maxLength: size,
    }),
  )
  .map((matrix) => matrix.map((row, i) => row.map((entry, j) => (i === j ? 0 : entry))));

/** Whether j reaches i along edges, by powers of the matrix. */
function reaches(adjacency: Adjacency): boolean[][] {
  let closure = adjacency.map((row) => row.map((entry) => entry === 1));
  for (const k of adjacency.keys())
    closure = closure.map((row) => row.map((entry, j) => entry || (row[k]! && closure[k]![j]!)));
  return closure;
}

describe('graphs', () => {
  it('come from orders', () => {
    expect(autoregressiveAdjacency([2, 0, 1])).toEqual([
      [0, 1, 1],
      [0, 0, 0],
      [0, 1, 0],
    ]);
    expect(depthOf(autoregressiveAdjacency([2, 0, 1]))).toBe(2);
  });

  it('come from masks', () => {
    expect(couplingAdjacency([1, 0, 1])).toEqual([
      [0, 0, 0],
      [1, 0, 1],
      [0, 0, 0],
    ]);
    expect(depthOf(couplingAdjacency([1, 0, 1]))).toBe(1);
  });

  it('come from blocks, of which an order and a coupling are cases', () => {
    expect(blockAdjacency([0, 2, 2, 1])).toEqual([
      [0, 0, 0, 0],
      [1, 0, 0, 1],
      [1, 0, 0, 1],
      [1, 0, 0, 0],
    ]);
    expect(blockAdjacency([2, 0, 1])).toEqual(autoregressiveAdjacency([2, 0, 1]));
    expect(blockAdjacency([0, 1, 0])).toEqual(couplingAdjacency([1, 0, 1]));
    expect(() => blockAdjacency([0, -1])).toThrow(DomainError);
  });

  it('have a cycle to show exactly where a dimension reaches itself', () => {
    fc.assert(
      fc.property(graphs, (adjacency) => {
        const cyclic = reaches(adjacency).some((row, i) => row[i]);
        const cycle = findCycle(adjacency);
        expect(cycle !== undefined).toBe(cyclic);
        for (const [n, i] of (cycle ?? []).entries())
          expect(adjacency[cycle![(n + 1) % cycle!.length]!]![i]).toBe(1);
        expect(new Set(cycle).size).toBe(cycle?.length ?? 0);
      }),
    );
  });

  it('have levels: one more than the deepest parent', () => {
    fc.assert(
      fc.property(graphs, (matrix) => {
        // Keeping the lower triangle leaves no cycle.
        const adjacency = matrix.map((row, i) => row.map((entry, j) => (j < i ? entry : 0)));
        const level = levels(adjacency);
        for (const i of adjacency.keys()) {
          const above = parentsOf(adjacency, i).map((j) => level[j]!);
          expect(level[i]).toBe(above.length === 0 ? 0 : 1 + Math.max(...above));
        }
        const position = topologicalOrder(adjacency);
        for (const i of adjacency.keys())
          for (const j of parentsOf(adjacency, i))
            expect(position.indexOf(j)).toBeLessThan(position.indexOf(i));
      }),
    );
  });
});

describe('checkAdjacency', () => {
  it.each([
    ['no dimension', [], ShapeError, 'must be square, got 0 rows'],
    ['a ragged matrix', [[0, 0], [0]], ShapeError, 'got 2 rows of lengths 2, 1'],
    [
      'other numbers',
      [
        [0, 0.5],
        [0, 0],
      ],
      DomainError,
      'zeros and ones, got 0.5 at [0][1]',
    ],
    [
      'a self-loop',
      [
        [0, 0],
        [0, 1],
      ],
      DomainError,
      'no dimension may read itself, 1 does',
    ],
    [
      'a cycle, which it prints',
      [
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [1, 1, 0, 0],
        [0, 0, 1, 0],
      ],
      DomainError,
      'no cycle, got 2 -> 3 -> 1 -> 2',
    ],
  ] as const)('refuses %s', (_, adjacency, error, message) => {
    expect(() => {
      checkAdjacency('test', adjacency);
    }).toThrow(error);
    expect(() => {
      checkAdjacency('test', adjacency);
    }).toThrow(message);
  });

  it('refuses orders and masks that are none', () => {
    expect(() => autoregressiveAdjacency([0, 2])).toThrow('permutation of 0 to 1, got 0, 2');
    expect(() => couplingAdjacency([1, 1])).toThrow('one of each at least, got 1, 1');
    expect(() => couplingAdjacency([1, 0, 2])).toThrow(DomainError);
  });
});

describeGolden('t12_graphs', ({ cases }) => {
  it.each(cases.filter(({ name }) => name.startsWith('dag')))('$name', ({ input, output }) => {
    // The file's A[i][j] = 1 is the edge i -> j.
    const A = input.matrix('A');
    const adjacency = A.map((_, i) => A.map((row) => row[i]!));
    if (!output.has('parents')) {
      expect(findCycle(adjacency)).toHaveLength(2);
      return;
    }
    expect(findCycle(adjacency)).toBeUndefined();
    expect(adjacency.map((_, i) => parentsOf(adjacency, i))).toEqual(output.matrix('parents'));
    expect(depthOf(adjacency)).toBe(output.number('longest_path_length'));
    const level = levels(adjacency);
    const generations = Array.from({ length: depthOf(adjacency) + 1 }, (_, depth) =>
      level.flatMap((value, i) => (value === depth ? [i] : [])),
    );
    expect(generations).toEqual(output.matrix('topological_generations'));
    expect(topologicalOrder(adjacency)).toEqual(generations.flat());
  });
});
