import type { Key } from '@pushforward/tensors';
import { Split } from '../split/split.js';
import { checkerboard } from '../toys/checkerboard.js';
import { circles } from '../toys/circles.js';
import { eightGaussians } from '../toys/eightGaussians.js';
import { line } from '../toys/line.js';
import { pinwheel } from '../toys/pinwheel.js';
import { swissRoll } from '../toys/swissRoll.js';
import type { Toy } from '../toys/toy.js';
import { twoMoons } from '../toys/twoMoons.js';
import { twoSpirals } from '../toys/twoSpirals.js';
import { along, rowsOf } from './graphLaw.js';

/** The laws with the standard deviations of their columns. */
const PAIRS: readonly {
  readonly name: string;
  readonly law: Toy;
  readonly sd: [number, number];
}[] = [
  { name: 'spirals', law: twoSpirals, sd: [1.6002294940431738, 1.5472775339088352] },
  { name: 'gaussians', law: eightGaussians, sd: same(4 + 1 / 8) },
  { name: 'roll', law: swissRoll, sd: [1.3396166833137102, 1.4045538767613899] },
  { name: 'circles', law: circles, sd: same((3 ** 2 + 1.5 ** 2) / 4 + 0.24 ** 2) },
  { name: 'line', law: line, sd: [Math.sqrt(25 / 12), Math.sqrt(25 / 12 + 0.01)] },
  { name: 'pinwheel', law: pinwheel, sd: same(2 * (1 + 0.3 ** 2 + 0.1 ** 2)) },
  { name: 'board', law: checkerboard, sd: same(8 ** 2 / 12) },
  {
    name: 'moons',
    law: twoMoons,
    sd: [Math.sqrt(0.76), Math.sqrt(0.635 - 1 / Math.PI - 1 / 16)],
  },
];

const COLUMNS = PAIRS.flatMap(({ name }) => [`${name}1`, `${name}2`]);

/** The standard deviations of two columns of one variance. */
function same(variance: number): [number, number] {
  return [Math.sqrt(variance), Math.sqrt(variance)];
}

/**
 * Eight independent laws in the plane side by side, each column divided by its standard deviation: two spirals, eight
 * Gaussians, Swiss roll, circles, line, pinwheel, checkerboard and moons, as the functions of these names draw them.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, table 1; the laws in the plane are those of
 * Grathwohl et al., arXiv:1810.01367, up to the differences that their documentation states.
 *
 * @returns n rows of 16 numbers
 */
export function eightPairs(key: Key, n: number): Split {
  const drawn = key.split(PAIRS.length).map((key, k) => PAIRS[k]!.law(key, n).x);
  const x = rowsOf(COLUMNS, n, (i) =>
    PAIRS.flatMap(({ sd }, k) => [drawn[k]![2 * i]! / sd[0], drawn[k]![2 * i + 1]! / sd[1]]),
  );
  return new Split({ name: 'eightPairs', source: 'drawn by key', x, columns: COLUMNS });
}

/** The name of each number. */
eightPairs.columns = COLUMNS as readonly string[];

/** The true network, one edge in each pair, which may be turned round. */
eightPairs.adjacency = along(
  COLUMNS,
  PAIRS.map(({ name }) => [`${name}1`, `${name}2`]),
) as readonly (readonly number[])[];

/** The sum of the log-densities of the pairs. */
eightPairs.logProb = (x: ArrayLike<number>): number =>
  PAIRS.reduce((sum, { law, sd: [s1, s2] }, k) => {
    const ofPair = law.logProb(s1 * x[2 * k]!, s2 * x[2 * k + 1]!);
    return sum + ofPair + Math.log(s1 * s2);
  }, 0);
