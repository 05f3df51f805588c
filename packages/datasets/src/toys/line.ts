import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { Draws, logNormal, plane } from './toy.js';

const SD = 0.1;

/**
 * A noisy segment: x1 ~ U(-2.5, 2.5), x2 | x1 ~ N(x1, 0.1^2).
 *
 * The `line` of Grathwohl et al., arXiv:1810.01367, has no noise and hence no density.
 *
 * @returns n rows (x1, x2)
 */
export function line(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [along, across] = [draws.uniform(), draws.normal()];
  return plane('line', n, (i) => {
    const x1 = 5 * along[i]! - 2.5;
    return [x1, x1 + SD * across[i]!];
  });
}

/** -log 5 + log N(x2; x1, 0.1^2) where |x1| < 2.5. */
line.logProb = (x1: number, x2: number): number =>
  Math.abs(x1) < 2.5 ? -Math.log(5) + logNormal(x2, x1, SD) : Number.NEGATIVE_INFINITY;
