import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { logAboutRing, logSumExp } from './density.js';
import { Draws, plane } from './toy.js';

const RINGS = 4;
const SD = 0.08;

/**
 * Four rings about the origin: x = r (cos a, sin a) + N(0, 0.08^2 I), a ~ U(0, 2 pi), r one of 3/4, 3/2, 9/4 and 3
 * with equal chances.
 *
 * Source: the `rings` of Grathwohl et al., arXiv:1810.01367.
 *
 * @returns n rows (x1, x2)
 */
export function rings(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [ring, around] = [draws.integer(RINGS), draws.uniform()];
  const [first, second] = [draws.normal(), draws.normal()];
  return plane('rings', n, (i) => {
    const radius = (3 * (ring[i]! + 1)) / RINGS;
    const angle = 2 * Math.PI * around[i]!;
    return [radius * Math.cos(angle) + SD * first[i]!, radius * Math.sin(angle) + SD * second[i]!];
  });
}

/** log 1/4 sum_r of the density about the ring of radius r. */
rings.logProb = (x1: number, x2: number): number => {
  const logs = Array.from({ length: RINGS }, (_, k) =>
    logAboutRing(x1, x2, (3 * (k + 1)) / RINGS, SD),
  );
  return logSumExp(logs) - Math.log(RINGS);
};
