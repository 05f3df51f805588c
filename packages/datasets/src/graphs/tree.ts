import type { Key } from '@pushforward/tensors';
import { Split } from '../split/split.js';
import { circles } from '../toys/circles.js';
import { logSumExp } from '../toys/density.js';
import { eightGaussians } from '../toys/eightGaussians.js';
import { Draws, logNormal } from '../toys/toy.js';
import { along, rowsOf } from './graphLaw.js';

const COLUMNS = ['x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7'];

/**
 * Two laws in the plane that are joined step by step: (x1, x2) ~ {@link circles}, (x3, x4) ~ {@link eightGaussians}, x5
 * ~ N(max(x1, x2), 1), x6 ~ N(min(x3, x4), 1), and x7 with equal chances ~ N(sin(x5 + x6), 1) or ~ N(cos(x5 + x6), 1).
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, table 1. The equations are recalled; the
 * numbers of columns and of edges are the published ones.
 *
 * @returns n rows (x1, ..., x7)
 */
export function tree(key: Key, n: number): Split {
  const [forCircles, forGaussians, forRest] = key.split(3);
  const [ring, modes] = [circles(forCircles, n).x, eightGaussians(forGaussians, n).x];
  const draws = new Draws(forRest, n);
  const [half, e5, e6, e7] = [draws.integer(2), draws.normal(), draws.normal(), draws.normal()];
  const x = rowsOf(COLUMNS, n, (i) => {
    const [x1, x2, x3, x4] = [ring[2 * i]!, ring[2 * i + 1]!, modes[2 * i]!, modes[2 * i + 1]!];
    const [x5, x6] = [Math.max(x1, x2) + e5[i]!, Math.min(x3, x4) + e6[i]!];
    const mean = half[i] === 0 ? Math.sin(x5 + x6) : Math.cos(x5 + x6);
    return [x1, x2, x3, x4, x5, x6, mean + e7[i]!];
  });
  return new Split({ name: 'tree', source: 'drawn by key', x, columns: COLUMNS });
}

type Seven = [number, number, number, number, number, number, number];

/** The name of each number. */
tree.columns = COLUMNS as readonly string[];

/** The true network, of eight edges; those of the two laws in the plane may be turned round. */
tree.adjacency = along(COLUMNS, [
  ['x1', 'x2'],
  ['x3', 'x4'],
  ['x1', 'x5'],
  ['x2', 'x5'],
  ['x3', 'x6'],
  ['x4', 'x6'],
  ['x5', 'x7'],
  ['x6', 'x7'],
]) as readonly (readonly number[])[];

/** The log-densities of both laws in the plane, and of x5, x6, x7 given those before them. */
tree.logProb = (x: ArrayLike<number>): number => {
  const [x1, x2, x3, x4, x5, x6, x7] = Array.from(x) as Seven;
  const halves = [Math.sin(x5 + x6), Math.cos(x5 + x6)].map((mean) => logNormal(x7, mean, 1));
  return (
    circles.logProb(x1, x2) +
    eightGaussians.logProb(x3, x4) +
    logNormal(x5, Math.max(x1, x2), 1) +
    logNormal(x6, Math.min(x3, x4), 1) +
    logSumExp(halves) -
    Math.LN2
  );
};
