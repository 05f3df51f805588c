import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { logAboutRing, logSumExp } from './density.js';
import { Draws, plane } from './toy.js';

const RADII = [3, 1.5];
const SD = 0.24;

/**
 * Two circles about the origin: x = r (cos a, sin a) + N(0, 0.24^2 I), a ~ U(0, 2 pi), r one of 3 and 3/2 with equal
 * chances.
 *
 * Source: `make_circles` of scikit-learn with factor 1/2 and noise 0.08, three times its size, as in Grathwohl et al.,
 * arXiv:1810.01367.
 *
 * @returns n rows (x1, x2)
 */
export function circles(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [circle, around] = [draws.integer(RADII.length), draws.uniform()];
  const [first, second] = [draws.normal(), draws.normal()];
  return plane('circles', n, (i) => {
    const radius = RADII[circle[i]!]!;
    const angle = 2 * Math.PI * around[i]!;
    return [radius * Math.cos(angle) + SD * first[i]!, radius * Math.sin(angle) + SD * second[i]!];
  });
}

/** log 1/2 sum_r of the density about the circle of radius r. */
circles.logProb = (x1: number, x2: number): number =>
  logSumExp(RADII.map((radius) => logAboutRing(x1, x2, radius, SD))) - Math.log(RADII.length);
