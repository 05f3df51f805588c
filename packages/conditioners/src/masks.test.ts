import type { Mask } from '@pushforward/nn';
import { OptionError } from '@pushforward/tensors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Adjacency, autoregressiveAdjacency } from './index.js';
import { masksOf } from './masks.js';

/** A random acyclic graph: the lower triangle of a random matrix, its dimensions in random order. */
const graphs = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc
      .tuple(
        fc.array(fc.nat(1), { minLength: size * size, maxLength: size * size }),
        fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
      )
      .map(
        ([entries, rank]): Adjacency =>
          rank.map((a, i) => rank.map((b, j) => (b < a ? entries[i * size + j]! : 0))),
      ),
  );

const problems = fc.record({
  adjacency: graphs,
  parameters: fc.integer({ min: 1, max: 3 }),
  context: fc.nat(2),
  hidden: fc.array(fc.integer({ min: 8, max: 20 }), { maxLength: 3 }),
});

/** How many paths lead from each input to each output. */
function paths(masks: readonly Mask[]): Mask {
  return masks.reduce((total, mask) =>
    mask.map((row) =>
      total[0]!.map((_, j) => row.reduce((sum, entry, unit) => sum + entry * total[unit]![j]!, 0)),
    ),
  );
}

/** Different rows of parents, the empty one only where a context can be read. */
function setsOf(adjacency: Adjacency, context: number): number {
  const rows = adjacency.filter((row) => context > 0 || row.includes(1));
  return new Set(rows.map((row) => row.join())).size;
}

describe('masks', () => {
  it('let through exactly what the graph and the context say', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { adjacency, parameters, context } = problem;
        const reached = paths(masksOf('test', adjacency, problem)).map((row) =>
          row.map((count) => Number(count > 0)),
        );
        const allowed = adjacency.flatMap((row) =>
          Array<number[]>(parameters).fill([...row, ...Array<number>(context).fill(1)]),
        );
        expect(reached).toEqual(allowed);
      }),
    );
  });

  it('leave no hidden unit that reads nothing or that nobody reads', () => {
    fc.assert(
      fc.property(problems, ({ adjacency, ...rest }) => {
        const masks = masksOf('test', adjacency, { ...rest });
        for (const mask of masks.slice(0, -1)) for (const row of mask) expect(row).toContain(1);
        for (const mask of masks.slice(1))
          for (const unit of mask[0]!.keys())
            expect(mask.some((row) => row[unit] === 1)).toBe(true);
      }),
    );
  });

  it('share the units of a layer evenly among the sets of inputs', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { adjacency, context } = problem;
        // In the first layer a unit's row is its set.
        const [first, second] = masksOf('test', adjacency, problem);
        if (second === undefined) return;
        const counts = new Map<string, number>();
        for (const row of first!) counts.set(row.join(), (counts.get(row.join()) ?? 0) + 1);
        expect(counts.size).toBe(setsOf(adjacency, context));
        expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are those of MADE for an order', () => {
    const order = [2, 3, 0, 1];
    const [first, hidden, last] = masksOf('test', autoregressiveAdjacency(order), {
      parameters: 1,
      context: 0,
      hidden: [5, 7],
    });
    const degrees = (width: number) =>
      Array.from({ length: width }, (_, unit) => (unit % 3) + 1).sort();
    const compare = (to: number[], from: number[]) =>
      to.map((m) => from.map((n) => Number(m >= n)));
    const inputs = order.map((position) => position + 1);
    expect(first).toEqual(compare(degrees(5), inputs));
    expect(hidden).toEqual(compare(degrees(7), degrees(5)));
    expect(last).toEqual(compare(order, degrees(7)));
  });

  it('need a unit for every set', () => {
    const adjacency = autoregressiveAdjacency([0, 1, 2, 3]);
    const problem = (context: number, width: number) => () =>
      masksOf('test', adjacency, { parameters: 1, context, hidden: [9, width] });
    expect(problem(0, 3)).not.toThrow();
    expect(problem(0, 2)).toThrow(OptionError);
    expect(problem(0, 2)).toThrow('a unit for each of the 3 different sets');
    expect(problem(1, 3)).toThrow(
      'each of the 4 different sets of inputs that the graph has, got width 3',
    );
  });
});
