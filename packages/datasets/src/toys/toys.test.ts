import { DomainError, Key } from '@pushforward/tensors';
import { dkwBound, expectNoLeak, kolmogorovSmirnov } from '@pushforward/testing';
import { describe, expect, test } from 'vitest';
import { banana } from './banana.js';
import { checkerboard } from './checkerboard.js';
import { cosine } from './cosine.js';
import { eightGaussians } from './eightGaussians.js';
import { line } from './line.js';
import { type ToyName, toys } from './toys.js';

const N = 20_000;
/** Standard errors that a mean exceeds once in 10^9. */
const FAR = 6.2;

type Point = [x1: number, x2: number];

function points(name: ToyName, n = N): Point[] {
  const { x } = toys[name](Key.from(7), n);
  return Array.from({ length: n }, (_, i) => [x[2 * i]!, x[2 * i + 1]!]);
}

/** How many standard errors the mean of f is from what it should be. */
function error(sample: Point[], f: (x1: number, x2: number) => number, expected: number): number {
  const values = sample.map(([x1, x2]) => f(x1, x2));
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
  return Math.abs(mean - expected) / Math.sqrt(variance / n);
}

/** Integral over [low, high] by the midpoint rule. */
function integral(f: (t: number) => number, low: number, high: number, nodes = 20_000): number {
  const step = (high - low) / nodes;
  let sum = 0;
  for (let i = 0; i < nodes; i++) sum += f(low + (i + 0.5) * step);
  return sum * step;
}

/** The distribution function of N(0, 1), as a table. */
const normal = (() => {
  const step = 1e-3;
  const table = [0];
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  for (let i = 0; i < 14_000; i++) table.push(table[i]! + step * density(-7 + (i + 0.5) * step));
  return (z: number) => table[Math.min(Math.max(Math.round((z + 7) / step), 0), 14_000)]!;
})();

const isLaw = (sample: number[], cdf: (x: number) => number) => {
  expect(kolmogorovSmirnov(sample, cdf)).toBeLessThan(dkwBound(sample.length, 1e-9));
};

describe.each(Object.keys(toys) as ToyName[])('%s', (name) => {
  test('is a table of n points that the key decides', () => {
    const split = toys[name](Key.from(1), 50);
    expect([split.length, split.columns, split.name]).toEqual([50, ['x1', 'x2'], name]);
    expect(split.x).toEqual(toys[name](Key.from(1), 50).x);
    expect(split.x).not.toEqual(toys[name](Key.from(2), 50).x);
    expect(() => toys[name](Key.from(1), 0)).toThrow(DomainError);
    expectNoLeak(() => {
      toys[name](Key.from(1), 50);
    });
  });
});

describe('densities', () => {
  test.each(Object.keys(toys) as ToyName[])(
    '%s: as many points in each cell of a grid as the density says',
    (name) => {
      const { logProb } = toys[name];
      const [low, high, cells] = [-8, 16, 48];
      // Smooth densities, which take longer, need fewer.
      const nodes = name in curves || name === 'pinwheel' ? 5 : 10;
      const side = (high - low) / cells;
      const counts = new Float64Array(cells * cells);
      for (const [x1, x2] of points(name))
        counts[Math.floor((x1 - low) / side) * cells + Math.floor((x2 - low) / side)]!++;
      let total = 0;
      for (let cell = 0; cell < cells * cells; cell++) {
        let mass = 0;
        for (let i = 0; i < nodes * nodes; i++) {
          const x1 =
            low + side * (Math.floor(cell / cells) + (Math.floor(i / nodes) + 0.5) / nodes);
          const x2 = low + side * ((cell % cells) + ((i % nodes) + 0.5) / nodes);
          mass += Math.exp(logProb(x1, x2)) * (side / nodes) ** 2;
        }
        total += mass;
        // A binomial count; 3 more for cells that expect few. Each of 2304 cells errs less than once in 10^9.
        const sd = Math.sqrt(N * mass * (1 - mass));
        expect(Math.abs(counts[cell]! - N * mass)).toBeLessThan(FAR * sd + 3 + N * 5e-5 * mass);
      }
      expect(total).toBeCloseTo(1, 3);
    },
  );

  test('banana: both of its normal factors, to the whole distribution', () => {
    isLaw(
      points('banana').map(([, x2]) => x2 / 2),
      normal,
    );
    isLaw(
      points('banana').map(([x1, x2]) => x1 - x2 ** 2 / 4),
      normal,
    );
  });

  test('banana: what is left of x1 does not know x2', () => {
    // Enough to tell a bend of 1/4 from one of 1/4.1.
    const sample = points('banana', 10 * N);
    expect(error(sample, (x1, x2) => (x1 - x2 ** 2 / 4) * x2 ** 2, 0)).toBeLessThan(FAR);
    expect(error(sample, (_, x2) => x2 ** 2, 4)).toBeLessThan(FAR);
  });

  test('eightGaussians: centres and spread', () => {
    const sample = points('eightGaussians');
    expect(error(sample, (x1, x2) => x1 ** 2 + x2 ** 2, 8 + 2 / 8)).toBeLessThan(FAR);
    // Far from all others, a centre has an eighth of the peak of N(0, I / 8).
    const peak = Math.log(8 / (2 * Math.PI)) - Math.log(8);
    expect(eightGaussians.logProb(2 * Math.SQRT2, 0)).toBeCloseTo(peak, 6);
    expect(eightGaussians.logProb(-2, 2)).toBeCloseTo(peak, 6);
    expect(eightGaussians.logProb(-2, 2.5)).toBeCloseTo(peak - 1, 4);
  });

  test('banana: the values of its density', () => {
    expect(banana.logProb(0, 0)).toBeCloseTo(-Math.log(4 * Math.PI), 12);
    expect(banana.logProb(3, 2)).toBeCloseTo(-Math.log(4 * Math.PI) - 0.5 - 2, 12);
  });

  test('line and cosine: normal about the curve', () => {
    isLaw(
      points('line').map(([x1, x2]) => (x2 - x1) / 0.1),
      normal,
    );
    isLaw(
      points('line').map(([x1]) => x1),
      (x) => (x + 2.5) / 5,
    );
    isLaw(
      points('cosine').map(([x1, x2]) => (x2 - 2.5 * Math.cos(x1)) / 0.1),
      normal,
    );
    isLaw(
      points('cosine').map(([x1]) => x1),
      (x) => (x + 4) / 8,
    );
  });

  test('outside their supports the density is 0', () => {
    expect(line.logProb(2.6, 2.6)).toBe(Number.NEGATIVE_INFINITY);
    expect(cosine.logProb(-4.1, 0)).toBe(Number.NEGATIVE_INFINITY);
    expect(checkerboard.logProb(-1, 1)).toBe(Number.NEGATIVE_INFINITY);
    expect(checkerboard.logProb(1, 1)).toBe(-Math.log(32));
    expect(points('checkerboard').every((x) => checkerboard.logProb(...x) > -4)).toBe(true);
  });
});

/** Points along a curve, for t from `low` to `high`. */
const along = (low: number, high: number, point: (t: number) => Point) =>
  Array.from({ length: 500 }, (_, i) => point(low + ((high - low) * (i + 0.5)) / 500));

const spiral = (sign: number) =>
  along(0, 3 * Math.PI, (t) => [(-sign * t * Math.cos(t)) / 3, (sign * t * Math.sin(t)) / 3]);

/** What the points of a law are normal about. */
const curves: Record<string, { sd: number; curve: Point[] }> = {
  twoMoons: {
    sd: 0.1,
    curve: [
      ...along(0, Math.PI, (t) => [Math.cos(t), Math.sin(t)]),
      ...along(0, Math.PI, (t) => [1 - Math.cos(t), 0.5 - Math.sin(t)]),
    ],
  },
  twoSpirals: { sd: 0.1, curve: [...spiral(1), ...spiral(-1)] },
  swissRoll: {
    sd: 0.2,
    curve: along(1.5 * Math.PI, 4.5 * Math.PI, (t) => [
      (t * Math.cos(t)) / 5,
      (t * Math.sin(t)) / 5,
    ]),
  },
};

describe('laws by their moments', () => {
  test('twoMoons', () => {
    const sample = points('twoMoons');
    expect(error(sample, (x1) => x1, 1 / 2)).toBeLessThan(FAR);
    expect(error(sample, (_, x2) => x2, 1 / 4)).toBeLessThan(FAR);
    // E x1^2 = (1/2 + 3/2) / 2, E x2^2 = (1/2 + 1/4 - 2/pi + 1/2) / 2, each + 0.01 of noise.
    expect(error(sample, (x1) => x1 ** 2, 1.01)).toBeLessThan(FAR);
    expect(error(sample, (_, x2) => x2 ** 2, 0.635 - 1 / Math.PI)).toBeLessThan(FAR);
    // E x1 x2 = (0 + 1/2 - 2/pi) / 2: the product of means 0 and 2/pi, and 1/2 - 2/pi - 0.
    expect(error(sample, (x1, x2) => x1 * x2, 1 / 4 - 1 / Math.PI)).toBeLessThan(FAR);
  });

  test('twoSpirals', () => {
    const sample = points('twoSpirals');
    const end = 3 * Math.PI;
    const mean = (f: (t: number) => number) => integral((t) => (f(t) * 2 * t) / end ** 2, 0, end);
    for (const f of [(x: number) => x, (_: number, x: number) => x])
      expect(error(sample, f, 0)).toBeLessThan(FAR);
    expect(
      error(sample, (x1) => x1 ** 2, 0.01 + mean((t) => (t * Math.cos(t)) ** 2 / 9)),
    ).toBeLessThan(FAR);
    expect(
      error(sample, (_, x2) => x2 ** 2, 0.01 + mean((t) => (t * Math.sin(t)) ** 2 / 9)),
    ).toBeLessThan(FAR);
    expect(
      error(
        sample,
        (x1, x2) => x1 * x2,
        mean((t) => -(t ** 2 * Math.cos(t) * Math.sin(t)) / 9),
      ),
    ).toBeLessThan(FAR);
  });

  test('swissRoll', () => {
    const sample = points('swissRoll');
    const [low, high] = [1.5 * Math.PI, 4.5 * Math.PI];
    const mean = (f: (t: number) => number) => integral(f, low, high) / (high - low);
    expect(
      error(
        sample,
        (x1) => x1,
        mean((t) => (t * Math.cos(t)) / 5),
      ),
    ).toBeLessThan(FAR);
    expect(
      error(
        sample,
        (_, x2) => x2,
        mean((t) => (t * Math.sin(t)) / 5),
      ),
    ).toBeLessThan(FAR);
    expect(
      error(sample, (x1, x2) => x1 ** 2 + x2 ** 2, 0.08 + mean((t) => t ** 2 / 25)),
    ).toBeLessThan(FAR);
  });

  // Of 20,000 squares the mean errs by 6.2 % once in 10^9; ends and bends of the curves add less than 3 %.
  test.each(Object.entries(curves))('%s: the spread about its curve', (name, { sd, curve }) => {
    const squares = points(name as ToyName).map(([x1, x2]) =>
      curve.reduce((least, [c1, c2]) => Math.min(least, (x1 - c1) ** 2 + (x2 - c2) ** 2), Infinity),
    );
    const ratio = squares.reduce((sum, square) => sum + square, 0) / N / sd ** 2;
    expect(Math.abs(ratio - 1)).toBeLessThan(0.09);
  });

  test('rings: even all around, and four radii', () => {
    const sample = points('rings');
    isLaw(
      sample.map(([x1, x2]) => Math.atan2(x2, x1)),
      (angle) => (angle + Math.PI) / (2 * Math.PI),
    );
    const squares = [1, 2, 3, 4].map((k) => (0.75 * k) ** 2);
    const mean = squares.reduce((sum, r) => sum + r, 0) / 4;
    expect(error(sample, (x1, x2) => x1 ** 2 + x2 ** 2, mean + 2 * 0.08 ** 2)).toBeLessThan(FAR);
    // The spread about the rings: its estimate has a standard error of 1 % and, by curvature, a bias below 1 %.
    const spread = sample.map(([x1, x2]) => {
      const radius = Math.hypot(x1, x2);
      return (radius - 0.75 * Math.min(Math.max(Math.round(radius / 0.75), 1), 4)) ** 2;
    });
    expect(spread.reduce((sum, v) => sum + v, 0) / N / 0.08 ** 2).toBeCloseTo(1, 1);
    // Away from a ring by 6.5 sd: about one point in 10^9.
    for (const [x1, x2] of sample) {
      const ring = Math.min(Math.max(Math.round(Math.hypot(x1, x2) / 0.75), 1), 4);
      expect(Math.abs(Math.hypot(x1, x2) - 0.75 * ring)).toBeLessThan(0.08 * 6.5);
    }
  });

  test('pinwheel: five blades, all bent the same way', () => {
    const sample = points('pinwheel');
    expect(error(sample, (x1, x2) => x1 ** 2 + x2 ** 2, 4 * (1 + 0.09 + 0.01))).toBeLessThan(FAR);
    for (const f of [(x: number) => x, (_: number, x: number) => x])
      expect(error(sample, f, 0)).toBeLessThan(FAR);
    // The fifth moment E (x1 + i x2)^5 / |x|^5 does not see which blade; it sees the bend: with z = r + i s,
    // its angle is 5 (arg z + exp(r) / 4).
    const bend = (part: (angle: number) => number) =>
      integral(
        (r) =>
          integral(
            (s) => part(5 * (Math.atan2(s, r) + Math.exp(r) / 4)) * Math.exp(-((s / 0.1) ** 2) / 2),
            -0.7,
            0.7,
            200,
          ) * Math.exp(-(((r - 1) / 0.3) ** 2) / 2),
        -1.1,
        3.1,
        400,
      ) /
      (2 * Math.PI * 0.03);
    expect(
      error(sample, (x1, x2) => Math.cos(5 * Math.atan2(x2, x1)), bend(Math.cos)),
    ).toBeLessThan(FAR);
    expect(
      error(sample, (x1, x2) => Math.sin(5 * Math.atan2(x2, x1)), bend(Math.sin)),
    ).toBeLessThan(FAR);
  });
});
