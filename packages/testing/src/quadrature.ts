import * as tf from '@tensorflow/tfjs';
import { type Numbers, valuesOf } from './values.js';

/** Where to look for the mass, and how closely. */
export interface Search {
  /** The range is [-reach, reach] along each axis; 100 by default. */
  readonly reach?: number;
  /** The sum of the estimated errors of all cells is brought below this; 1e-4 by default. */
  readonly tolerance?: number;
  /** Draws, `[N, D]`: cells are made small where they are, so that no narrow peak is passed over. */
  readonly samples?: Numbers;
  /** Evaluations that may be spent; 2 million by default. */
  readonly budget?: number;
}

/** A square of side `size` with the corner `low`; in one dimension, an interval. */
interface Square {
  readonly low: readonly number[];
  readonly size: number;
}

interface Cell extends Square {
  readonly value: number;
  readonly error: number;
}

/** Gauss and Legendre's rule with 7 nodes, exact up to degree 13. */
const RULE = [
  { node: -0.9491079123427585, weight: 0.1294849661688697 },
  { node: -0.7415311855993945, weight: 0.2797053914892766 },
  { node: -0.4058451513773972, weight: 0.3818300505051189 },
  { node: 0, weight: 0.4179591836734694 },
  { node: 0.4058451513773972, weight: 0.3818300505051189 },
  { node: 0.7415311855993945, weight: 0.2797053914892766 },
  { node: 0.9491079123427585, weight: 0.1294849661688697 },
];

/**
 * The integral over the real line of a density, by adaptive quadrature in u with x = sinh u: an interval is halved until
 * that changes little.
 *
 * The density is evaluated on the engine, weights and sums are in double precision.
 *
 * @param density `[N, 1]` -> `[N]`
 * @throws Error where the budget does not suffice
 */
export function integrate1d(density: (x: tf.Tensor) => tf.Tensor, search: Search = {}): number {
  return integrate(density, 1, search);
}

/**
 * The integral over the plane: the product of the rule of {@link integrate1d} on squares that are halved.
 *
 * @param density `[N, 2]` -> `[N]`
 * @throws Error where the budget does not suffice
 */
export function integrate2d(density: (x: tf.Tensor) => tf.Tensor, search: Search = {}): number {
  return integrate(density, 2, search);
}

function integrate(
  density: (x: tf.Tensor) => tf.Tensor,
  dimensions: 1 | 2,
  { reach = 100, tolerance = 1e-4, samples = [], budget = 2e6 }: Search,
): number {
  const end = Math.asinh(reach);
  let cells = refine(density, measure(density, start(end, dimensions, samples)));
  let spent = cells.length;
  for (;;) {
    const error = sum(cells.map((cell) => cell.error));
    const value = sum(cells.map((cell) => cell.value));
    if (error <= tolerance) return value;
    if (spent * RULE.length ** dimensions > budget)
      throw new Error(`The integral is ${value} with an error of ${error} after ${spent} cells.`);
    const fair = tolerance / (2 * cells.length);
    const halves = refine(
      density,
      cells.filter((cell) => cell.error > fair),
    );
    spent += halves.length;
    cells = [...cells.filter((cell) => cell.error <= fair), ...halves];
  }
}

/** Squares of the range with no more than a twentieth of the draws in any. */
function start(end: number, dimensions: number, samples: Numbers): Square[] {
  const values = valuesOf(samples).map(Math.asinh);
  const draws = Array.from({ length: values.length / dimensions }, (_, i) =>
    values.slice(i * dimensions, (i + 1) * dimensions),
  );
  const divide = (square: Square, inside: number[][], depth: number): Square[] => {
    const isFine = inside.length <= draws.length / 20;
    if (depth >= 3 && (isFine || depth >= 24)) return [square];
    return halve(square).flatMap((half) =>
      divide(
        half,
        inside.filter((u) => u.every((x, i) => x >= half.low[i]! && x < half.low[i]! + half.size)),
        depth + 1,
      ),
    );
  };
  return divide({ low: Array<number>(dimensions).fill(-end), size: 2 * end }, draws, 0);
}

/** The cells in halves, with the change that this makes as an estimate of their error. */
function refine(
  density: (x: tf.Tensor) => tf.Tensor,
  cells: readonly (Square & { value: number })[],
): Cell[] {
  const halves = measure(density, cells.flatMap(halve));
  const each = halves.length / cells.length;
  return cells.flatMap((cell, i) => {
    const parts = halves.slice(i * each, (i + 1) * each);
    const change = Math.abs(cell.value - sum(parts.map((part) => part.value))) / each;
    return parts.map((part) => ({ ...part, error: change }));
  });
}

function halve({ low, size }: Square): Square[] {
  const half = size / 2;
  return low
    .reduce<number[][]>(
      (lows, x) =>
        lows.flatMap((l) => [
          [...l, x],
          [...l, x + half],
        ]),
      [[]],
    )
    .map((low) => ({ low, size: half }));
}

/** Integrals over squares. */
function measure(
  density: (x: tf.Tensor) => tf.Tensor,
  squares: readonly Square[],
): (Square & { value: number })[] {
  const cells: (Square & { value: number })[] = [];
  // Many squares at a time, but not more numbers than an engine takes well.
  for (let i = 0; i < squares.length; i += 500) {
    const part = squares.slice(i, i + 500);
    const points = part.flatMap(pointsOf);
    const values = tf.tidy(() => {
      const x = tf.tensor2d(points.map((point) => point.u.map(Math.sinh)));
      return density(x).dataSync();
    });
    const each = points.length / part.length;
    const share = (k: number) => points[k]!.weight * values[k]!;
    for (const [j, square] of part.entries())
      cells.push({
        ...square,
        value: sum(Array.from({ length: each }, (_, k) => share(j * each + k))),
      });
  }
  return cells;
}

/** The nodes of a square and their weights, with the derivative of sinh in them. */
function pointsOf({ low, size }: Square): { u: number[]; weight: number }[] {
  return low.reduce(
    (points, corner) =>
      points.flatMap((point) =>
        RULE.map(({ node, weight }) => {
          const u = corner + (size * (node + 1)) / 2;
          return { u: [...point.u, u], weight: (point.weight * weight * Math.cosh(u) * size) / 2 };
        }),
      ),
    [{ u: [] as number[], weight: 1 }],
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, x) => total + x, 0);
}
