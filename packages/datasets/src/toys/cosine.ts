import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { Draws, logNormal, plane } from './toy.js';

const SD = 0.1;

/**
 * A noisy cosine: x1 ~ U(-4, 4), x2 | x1 ~ N(2.5 cos x1, 0.1^2).
 *
 * The `cos` of Grathwohl et al., arXiv:1810.01367, is a sine without noise, and hence without a density.
 *
 * @returns n rows (x1, x2)
 */
export function cosine(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [along, across] = [draws.uniform(), draws.normal()];
  return plane('cosine', n, (i) => {
    const x1 = 8 * along[i]! - 4;
    return [x1, 2.5 * Math.cos(x1) + SD * across[i]!];
  });
}

/** -log 8 + log N(x2; 2.5 cos x1, 0.1^2) where |x1| < 4. */
cosine.logProb = (x1: number, x2: number): number =>
  Math.abs(x1) < 4
    ? -Math.log(8) + logNormal(x2, 2.5 * Math.cos(x1), SD)
    : Number.NEGATIVE_INFINITY;
