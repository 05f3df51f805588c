import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { Draws, logNormal, plane } from './toy.js';

/**
 * A bent Gaussian: x2 ~ N(0, 2^2), x1 | x2 ~ N(x2^2 / 4, 1).
 *
 * One autoregressive step in the order (x1, x2) cannot fit it, since x2 | x1 has two modes.
 *
 * Source: Papamakarios, Pavlakou and Murray, "Masked autoregressive flow for density estimation", arXiv:1705.07057,
 * figure 1.
 *
 * @returns n rows (x1, x2)
 */
export function banana(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [along, across] = [draws.normal(), draws.normal()];
  return plane('banana', n, (i) => {
    const x2 = 2 * along[i]!;
    return [x2 ** 2 / 4 + across[i]!, x2];
  });
}

/** log N(x2; 0, 2^2) + log N(x1; x2^2 / 4, 1). */
banana.logProb = (x1: number, x2: number): number =>
  logNormal(x2, 0, 2) + logNormal(x1, x2 ** 2 / 4, 1);
