import { DataError, DomainError, Key } from '@pushforward/tensors';
import { dkwBound, expectNoLeak, kolmogorovSmirnov } from '@pushforward/testing';
import { describe, expect, test } from 'vitest';
import { toys } from '../toys/toys.js';
import { type GraphLawName, graphLaws } from './graphLaws.js';
import { permuteFeatures } from './permuteFeatures.js';

const N = 20_000;
/** Standard errors that a mean exceeds once in 10^9. */
const FAR = 6.2;

const rows = (name: GraphLawName, n = N) => {
  const { x, features } = graphLaws[name](Key.from(3), n);
  return Array.from({ length: n }, (_, i) => [...x.subarray(i * features, (i + 1) * features)]);
};

const moments = (values: readonly number[]) => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return { mean, variance, error: Math.sqrt(variance / values.length) };
};

/** Phi, by Simpson's rule over its density. */
function phi(z: number): number {
  const [low, panels] = [-10, 400];
  if (z <= low) return 0;
  const step = (Math.min(z, 10) - low) / panels;
  let sum = 0;
  for (let k = 0; k <= panels; k++)
    sum +=
      (k === 0 || k === panels ? 1 : k % 2 === 0 ? 2 : 4) * Math.exp(-((low + k * step) ** 2) / 2);
  return (sum * step) / 3 / Math.sqrt(2 * Math.PI);
}

describe.each(Object.keys(graphLaws) as GraphLawName[])('%s', (name) => {
  const law = graphLaws[name];

  test('is a table that the key decides, with a network of its columns', () => {
    const split = law(Key.from(1), 50);
    expect([split.length, split.columns, split.name]).toEqual([50, law.columns, name]);
    expect(split.x).toEqual(law(Key.from(1), 50).x);
    expect(split.x).not.toEqual(law(Key.from(2), 50).x);
    expect(() => law(Key.from(1), 0)).toThrow(DomainError);
    expectNoLeak(() => {
      law(Key.from(1), 50);
    });
  });

  test('has eight edges, each from a column to a later one', () => {
    expect(law.adjacency.flat().filter((entry) => entry === 1)).toHaveLength(8);
    for (const [i, row] of law.adjacency.entries())
      for (const [j, entry] of row.entries()) if (entry === 1) expect(j).toBeLessThan(i);
    expect(law.adjacency.length).toBe({ eightPairs: 16, arithmeticCircuit: 8, tree: 7 }[name]);
  });

  test('joins in the moral graph of its network what its density couples, and nothing else', () => {
    const { adjacency, logProb } = law;
    const reads = (i: number, j: number) => adjacency[i]![j] === 1;
    const sample = rows(name, 20);
    for (const i of law.columns.keys())
      for (let j = 0; j < i; j++) {
        const joined =
          reads(i, j) || adjacency.some((_, child) => reads(child, i) && reads(child, j));
        const coupled = sample.map((x) => {
          const at = (...moved: number[]) =>
            logProb(x.map((v, k) => v + (moved.includes(k) ? 0.01 : 0)));
          const mixed = at(i, j) - at(i) - at(j) + at();
          return Number.isFinite(mixed) ? Math.abs(mixed) : 0;
        });
        // A density that is constant where it is not 0 couples, too, but at its edges alone.
        if (joined && law.columns[i] === 'board2') continue;
        if (joined) expect(Math.max(...coupled)).toBeGreaterThan(1e-7);
        else expect(Math.max(...coupled)).toBeLessThan(1e-9);
      }
  });

  test('has the score of its density on average: E[d log p / dx_i] = 0 and E[x_i d log p / dx_i] = -1', () => {
    // Where the density ends abruptly there is no score.
    const kinked = (i: number) => name === 'eightPairs' && [8, 9, 12, 13].includes(i);
    const sample = rows(name, 1000);
    for (const i of law.columns.keys()) {
      if (kinked(i)) continue;
      const step = 1e-5;
      const scores = sample.map((x) => {
        const at = (shift: number) => law.logProb(x.map((v, j) => (j === i ? v + shift : v)));
        return (at(step) - at(-step)) / (2 * step);
      });
      const zero = moments(scores);
      expect(Math.abs(zero.mean)).toBeLessThan(FAR * zero.error);
      const one = moments(scores.map((score, k) => score * sample[k]![i]! + 1));
      expect(Math.abs(one.mean)).toBeLessThan(FAR * one.error);
    }
  });
});

describe('eightPairs', () => {
  test('has columns of standard deviation 1', () => {
    const sample = rows('eightPairs');
    for (const i of graphLaws.eightPairs.columns.keys()) {
      const column = sample.map((x) => x[i]!);
      const { mean } = moments(column);
      const squares = moments(column.map((v) => (v - mean) ** 2));
      expect(Math.abs(squares.mean - 1)).toBeLessThan(FAR * squares.error);
    }
  });

  test('has the densities of its pairs, in units of their standard deviations', () => {
    const laws = [
      toys.twoSpirals,
      toys.eightGaussians,
      toys.swissRoll,
      toys.circles,
      toys.line,
      toys.pinwheel,
      toys.checkerboard,
      toys.twoMoons,
    ];
    const key = Key.from(8);
    const raw = key.split(8).map((key, k) => laws[k]!(key, 2).x);
    const { x } = graphLaws.eightPairs(key, 2);
    for (const i of [0, 1]) {
      const ofPairs = laws.map((law, k) => law.logProb(raw[k]![2 * i]!, raw[k]![2 * i + 1]!));
      const units = raw.flatMap((pair, k) =>
        [0, 1].map((c) => Math.log(pair[2 * i + c]! / x[16 * i + 2 * k + c]!)),
      );
      const sum = [...ofPairs, ...units].reduce((a, b) => a + b, 0);
      expect(graphLaws.eightPairs.logProb(x.subarray(16 * i, 16 * (i + 1)))).toBeCloseTo(sum, 4);
    }
  });

  test('has pairs that know nothing of each other', () => {
    const x = rows('eightPairs', 1)[0]!;
    const { logProb } = graphLaws.eightPairs;
    const moved = (i: number, j: number) =>
      logProb(x.map((v, k) => v + (k === i || k === j ? 0.01 : 0)));
    const still = logProb(x);
    expect(moved(0, 2) - still).toBeCloseTo(moved(0, 0) + moved(2, 2) - 2 * still, 9);
    expect(Math.abs(moved(0, 1) - still - (moved(0, 0) + moved(1, 1) - 2 * still))).toBeGreaterThan(
      1e-4,
    );
  });
});

describe('arithmeticCircuit', () => {
  test('has the laws of its equations', () => {
    const sample = rows('arithmeticCircuit');
    const isLaw = (values: number[], cdf: (x: number) => number) => {
      expect(kolmogorovSmirnov(values, cdf)).toBeLessThan(dkwBound(values.length, 1e-9));
    };
    const laplace = (x: number) => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2);
    const pick = (f: (x: number[]) => number) => sample.map(f);
    isLaw(
      pick(([z0]) => z0! - 5),
      laplace,
    );
    isLaw(
      pick(([, z1]) => z1! + 2),
      laplace,
    );
    isLaw(
      pick(([z0, z1, z2]) => (z2! - Math.tanh(z0! + z1! - 2.8)) / 0.1),
      phi,
    );
    isLaw(
      pick(([z0, z1, , z3]) => (z3! - z0! * z1!) / 0.1),
      phi,
    );
    isLaw(
      pick(([, , , , z4]) => (z4! - 7) / 2),
      phi,
    );
    isLaw(
      pick(([, , , z3, z4, z5]) => (z5! - Math.tanh(z3! + z4!)) / 0.1),
      phi,
    );
    isLaw(
      pick(([, , , z3, , , x0]) => (x0! - z3!) / 0.1),
      phi,
    );
    isLaw(
      pick(([, , , , , z5, , x1]) => (x1! - z5!) / 0.1),
      phi,
    );
  });

  test('has the entropy of its factors', () => {
    const normal = (sd: number) => 0.5 * Math.log(2 * Math.PI * Math.E * sd ** 2);
    const entropy = 2 * (1 + Math.LN2) + 5 * normal(0.1) + normal(2);
    const { mean, error } = moments(
      rows('arithmeticCircuit').map((x) => -graphLaws.arithmeticCircuit.logProb(x)),
    );
    // The noise is of size 0.1 on numbers of size 10: rounding to float32 moves log p by some 1e-4.
    expect(Math.abs(mean - entropy)).toBeLessThan(FAR * error + 1e-3);
  });
});

describe('tree', () => {
  test('has the laws of its equations', () => {
    const sample = rows('tree');
    const isNormal = (values: number[]) => {
      expect(kolmogorovSmirnov(values, phi)).toBeLessThan(dkwBound(values.length, 1e-9));
    };
    isNormal(sample.map(([x1, x2, , , x5]) => x5! - Math.max(x1!, x2!)));
    isNormal(sample.map(([, , x3, x4, , x6]) => x6! - Math.min(x3!, x4!)));
    // The probability integral transform of x7 is uniform, whichever of its two means is larger.
    const above = (t: number) => Math.sin(t) > Math.cos(t);
    for (const side of [true, false]) {
      const uniform = sample.flatMap(([, , , , x5, x6, x7]) => {
        const t = x5! + x6!;
        const u = (phi(x7! - Math.sin(t)) + phi(x7! - Math.cos(t))) / 2;
        return above(t) === side ? [u] : [];
      });
      const distance = kolmogorovSmirnov(uniform, (u) => Math.min(Math.max(u, 0), 1));
      expect(distance).toBeLessThan(dkwBound(uniform.length, 1e-9));
    }
  });
});

test('tree: what x5, x6, x7 add to the density integrates to 1', () => {
  const [x1, x2, x3, x4] = [1, -2.9, 2.8, 0.1];
  const ofPairs = toys.circles.logProb(x1, x2) + toys.eightGaussians.logProb(x3, x4);
  const [cells, width] = [40, 0.4];
  const grid = Array.from({ length: cells }, (_, i) => (i - cells / 2 + 0.5) * width);
  let sum = 0;
  for (const x5 of grid)
    for (const x6 of grid)
      for (const x7 of grid)
        sum += Math.exp(graphLaws.tree.logProb([x1, x2, x3, x4, x5, x6, x7]) - ofPairs);
  expect(sum * width ** 3).toBeCloseTo(1, 6);
});

describe('permuteFeatures', () => {
  const data = graphLaws.tree(Key.from(1), 20);
  const drawn = { data, adjacency: graphLaws.tree.adjacency };

  test('takes the edges with the columns', () => {
    const moved = permuteFeatures(Key.from(5), drawn);
    expect(moved.data.columns).not.toEqual(data.columns);
    expect([...moved.data.columns].sort()).toEqual([...data.columns].sort());
    const edges = (columns: readonly string[], adjacency: readonly (readonly number[])[]) =>
      adjacency
        .flatMap((row, i) => row.flatMap((e, j) => (e === 1 ? [`${columns[j]}${columns[i]}`] : [])))
        .sort();
    expect(edges(moved.data.columns, moved.adjacency)).toEqual(
      edges(data.columns, drawn.adjacency),
    );
    expect(moved.data.select(data.columns).x).toEqual(data.x);
    expect(permuteFeatures(Key.from(5), drawn)).toEqual(moved);
  });

  test('refuses a network of other columns', () => {
    expect(() => permuteFeatures(Key.from(5), { data, adjacency: [[0]] })).toThrow(DataError);
  });
});
