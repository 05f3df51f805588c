import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { aboutCurve, logSumExp } from './density.js';
import { Draws, plane } from './toy.js';

const SD = 0.1;

/**
 * Two interleaved half circles: x = m + N(0, 0.1^2 I), where m is with equal chances (cos t, sin t) or
 * (1 - cos t, 1/2 - sin t), t ~ U(0, pi).
 *
 * Source: `make_moons` of scikit-learn.
 *
 * @returns n rows (x1, x2)
 */
export function twoMoons(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [moon, along] = [draws.integer(2), draws.uniform()];
  const [first, second] = [draws.normal(), draws.normal()];
  return plane('twoMoons', n, (i) => {
    const t = Math.PI * along[i]!;
    const upper = moon[i] === 0;
    return [
      (upper ? Math.cos(t) : 1 - Math.cos(t)) + SD * first[i]!,
      (upper ? Math.sin(t) : 0.5 - Math.sin(t)) + SD * second[i]!,
    ];
  });
}

const upper = half((t) => [Math.cos(t), Math.sin(t)]);
const lower = half((t) => [1 - Math.cos(t), 0.5 - Math.sin(t)]);

function half(arc: (t: number) => [number, number]) {
  const weight = () => 1 / (2 * Math.PI);
  return aboutCurve(arc, weight, [0, Math.PI], { sd: SD, length: Math.PI });
}

/** log of the sum of both halves, each integrated over t. */
twoMoons.logProb = (x1: number, x2: number): number => logSumExp([upper(x1, x2), lower(x1, x2)]);
