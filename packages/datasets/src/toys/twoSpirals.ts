import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { aboutCurve, logSumExp } from './density.js';
import { Draws, plane } from './toy.js';

const SD = 0.1;

/**
 * Two arms of a spiral: x = s t / 3 (-cos t, sin t) + N(0, 0.1^2 I), where t = 3 pi sqrt(u), u ~ U(0, 1), and the
 * sign s is + or - with equal chances. The root spreads the points evenly along the arms.
 *
 * Source: after the `2spirals` of Grathwohl et al., arXiv:1810.01367, figure 3, without its second, uniform noise.
 *
 * @returns n rows (x1, x2)
 */
export function twoSpirals(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [arm, along] = [draws.integer(2), draws.uniform()];
  const [first, second] = [draws.normal(), draws.normal()];
  return plane('twoSpirals', n, (i) => {
    const t = 3 * Math.PI * Math.sqrt(along[i]!);
    const radius = ((1 - 2 * arm[i]!) * t) / 3;
    return [-radius * Math.cos(t) + SD * first[i]!, radius * Math.sin(t) + SD * second[i]!];
  });
}

const END = 3 * Math.PI;
/** The arm with the sign +, integrated over t, whose density is 2 t / (3 pi)^2. */
const arm = aboutCurve(
  (t) => [(-t * Math.cos(t)) / 3, (t * Math.sin(t)) / 3],
  (t) => t / END ** 2,
  [0, END],
  { sd: SD, length: 17 },
);

/** log of the sum of both arms. */
twoSpirals.logProb = (x1: number, x2: number): number => logSumExp([arm(x1, x2), arm(-x1, -x2)]);
