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

/** A square of side `size` with the corner `low`; one dimension less, an interval. */
interface Cell {
  readonly low: readonly number[];
  readonly size: number;
  readonly value: number;
  readonly error: number;
}

// The rule of Gauss with 3 nodes in that of Kronrod with 7.
const NODES = [0, 0.4342437493468026, 0.7745966692414834, 0.9604912687080203];
const KRONROD = [0.4509165386584741, 0.4013974147759622, 0.2684880898683334, 0.1046562260264673];
const GAUSS = [8 / 9, 0, 5 / 9, 0];
const RULE = [-3, -2, -1, 0, 1, 2, 3].map((i) => ({
  node: Math.sign(i) * NODES[Math.abs(i)]!,
  kronrod: KRONROD[Math.abs(i)]!,
  gauss: GAUSS[Math.abs(i)]!,
}));

/**
 * The integral over the real line of a density, by adaptive Gauss-Kronrod quadrature in u with x = sinh u.
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

type Square = Pick<Cell, 'low' | 'size'>;

/** Squares of the range with no more than a hundredth of the draws in any. */
function start(end: number, dimensions: number, samples: Numbers): Square[] {
  const values = valuesOf(samples).map(Math.asinh);
  const draws = Array.from({ length: values.length / dimensions }, (_, i) =>
    values.slice(i * dimensions, (i + 1) * dimensions),
  );
  const divide = (square: Square, inside: number[][], depth: number): Square[] => {
    const isFine = inside.length <= draws.length / 100;
    if (depth >= 4 && (isFine || depth >= 24)) return [square];
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

/** The cells in halves; two rules that agree by chance, at a jump, are found out by how the total changes. */
function refine(density: (x: tf.Tensor) => tf.Tensor, cells: readonly Cell[]): Cell[] {
  const halves = measure(density, cells.flatMap(halve));
  const each = halves.length / cells.length;
  return cells.flatMap((cell, i) => {
    const parts = halves.slice(i * each, (i + 1) * each);
    const change = Math.abs(cell.value - sum(parts.map((part) => part.value))) / each;
    return parts.map((part) => ({ ...part, error: Math.max(part.error, change) }));
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

/** Integrals over squares, and how far the two rules differ there. */
function measure(density: (x: tf.Tensor) => tf.Tensor, squares: readonly Square[]): Cell[] {
  const cells: Cell[] = [];
  // Many squares at a time, but not more numbers than an engine takes well.
  for (let i = 0; i < squares.length; i += 500) {
    const part = squares.slice(i, i + 500);
    const points = part.map(pointsOf);
    const dimensions = part[0]!.low.length;
    const values = tf.tidy(() => {
      const x = points.flatMap((inCell) => inCell.flatMap((point) => point.u.map(Math.sinh)));
      return density(tf.tensor2d(x, [x.length / dimensions, dimensions])).dataSync();
    });
    const each = RULE.length ** dimensions;
    for (const [j, square] of part.entries()) {
      const total = (rule: 'kronrod' | 'gauss') =>
        sum(points[j]!.map((point, k) => point[rule] * values[j * each + k]!));
      const value = total('kronrod');
      cells.push({ ...square, value, error: Math.abs(value - total('gauss')) });
    }
  }
  return cells;
}

/** The nodes of a square and their weights by both rules, with the derivative of sinh in them. */
function pointsOf({ low, size }: Square): { u: number[]; kronrod: number; gauss: number }[] {
  return low.reduce(
    (points, corner) =>
      points.flatMap((point) =>
        RULE.map(({ node, kronrod, gauss }) => {
          const u = corner + (size * (node + 1)) / 2;
          const stretch = (Math.cosh(u) * size) / 2;
          return {
            u: [...point.u, u],
            kronrod: point.kronrod * kronrod * stretch,
            gauss: point.gauss * gauss * stretch,
          };
        }),
      ),
    [{ u: [] as number[], kronrod: 1, gauss: 1 }],
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, x) => total + x, 0);
}
