import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { logSumExp } from './density.js';
import { Draws, logNormal, plane } from './toy.js';

const MODES = 8;
const RADIUS = 2 * Math.SQRT2;
const SD = Math.SQRT2 / 4;

/**
 * A mixture of eight Gaussians of equal weight: centres at angles k pi / 4 on the circle of radius 2 sqrt 2,
 * covariance I / 8.
 *
 * Source: the `8gaussians` of Grathwohl et al., arXiv:1810.01367, figure 2.
 *
 * @returns n rows (x1, x2)
 */
export function eightGaussians(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [mode, first, second] = [draws.integer(MODES), draws.normal(), draws.normal()];
  return plane('eightGaussians', n, (i) => {
    const [c1, c2] = centre(mode[i]!);
    return [c1 + SD * first[i]!, c2 + SD * second[i]!];
  });
}

/** log 1/8 sum_k N(x; c_k, I / 8). */
eightGaussians.logProb = (x1: number, x2: number): number => {
  const logs = Array.from({ length: MODES }, (_, k) => {
    const [c1, c2] = centre(k);
    return logNormal(x1, c1, SD) + logNormal(x2, c2, SD);
  });
  return logSumExp(logs) - Math.log(MODES);
};

function centre(mode: number): [number, number] {
  const angle = (2 * Math.PI * mode) / MODES;
  return [RADIUS * Math.cos(angle), RADIUS * Math.sin(angle)];
}
