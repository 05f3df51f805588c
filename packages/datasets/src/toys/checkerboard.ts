import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { Draws, plane } from './toy.js';

/**
 * The black squares of a board: uniform on the points of [-4, 4)^2 for which floor(x1 / 2) + floor(x2 / 2) is even.
 *
 * Source: the `checkerboard` of Grathwohl et al., arXiv:1810.01367, figure 2.
 *
 * @returns n rows (x1, x2)
 */
export function checkerboard(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [first, second, half] = [draws.uniform(), draws.uniform(), draws.integer(2)];
  return plane('checkerboard', n, (i) => {
    const square = Math.floor(4 * first[i]!);
    return [8 * first[i]! - 4, 2 * second[i]! + 4 * half[i]! - 4 + 2 * (square % 2)];
  });
}

/** -log 32 on the black squares. */
checkerboard.logProb = (x1: number, x2: number): number => {
  const inside = x1 >= -4 && x1 < 4 && x2 >= -4 && x2 < 4;
  const black = (Math.floor(x1 / 2) + Math.floor(x2 / 2)) % 2 === 0;
  return inside && black ? -Math.log(32) : Number.NEGATIVE_INFINITY;
};
