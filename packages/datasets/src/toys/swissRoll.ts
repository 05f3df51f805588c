import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { aboutCurve } from './density.js';
import { Draws, plane } from './toy.js';

const SD = 0.2;

/**
 * A spiral rolled up from one end: x = t / 5 (cos t, sin t) + N(0, 0.2^2 I), t ~ U(1.5 pi, 4.5 pi).
 *
 * Source: two of the three axes of `make_swiss_roll` of scikit-learn, divided by 5, as in Grathwohl et al.,
 * arXiv:1810.01367.
 *
 * @returns n rows (x1, x2)
 */
export function swissRoll(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [along, first, second] = [draws.uniform(), draws.normal(), draws.normal()];
  return plane('swissRoll', n, (i) => {
    const t = 1.5 * Math.PI * (1 + 2 * along[i]!);
    return [(t / 5) * Math.cos(t) + SD * first[i]!, (t / 5) * Math.sin(t) + SD * second[i]!];
  });
}

/** log of the integral over t. */
swissRoll.logProb = aboutCurve(
  (t) => [(t / 5) * Math.cos(t), (t / 5) * Math.sin(t)],
  () => 1 / (3 * Math.PI),
  [1.5 * Math.PI, 4.5 * Math.PI],
  { sd: SD, length: 19 },
);
