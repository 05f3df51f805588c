import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { logSumExp } from './density.js';
import { Draws, logNormal, plane } from './toy.js';

const ARMS = 5;

/**
 * Five blades that bend as they go out: x = 2 R(a) (r, s), where r ~ N(1, 0.3^2), s ~ N(0, 0.1^2), R(a) turns by the
 * angle a = 2 pi k / 5 + exp(r) / 4, and k is one of 0 ... 4 with equal chances.
 *
 * Source: Johnson et al., "Composing graphical models with neural networks for structured representations and fast
 * inference", arXiv:1603.06277; twice its size as in Grathwohl et al., arXiv:1810.01367, whose blades bend the other way
 * round.
 *
 * @returns n rows (x1, x2)
 */
export function pinwheel(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [arm, radial, tangential] = [draws.integer(ARMS), draws.normal(), draws.normal()];
  return plane('pinwheel', n, (i) => {
    const r = 1 + 0.3 * radial[i]!;
    const s = 0.1 * tangential[i]!;
    const angle = (2 * Math.PI * arm[i]!) / ARMS + Math.exp(r) / 4;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return [2 * (r * cos - s * sin), 2 * (r * sin + s * cos)];
  });
}

/** The angle of blade k at r, as its cosine and sine. */
function turn(k: number, r: number): readonly [cos: number, sin: number] {
  const angle = (2 * Math.PI * k) / ARMS + Math.exp(r) / 4;
  return [Math.cos(angle), Math.sin(angle)];
}

/** Numbers r from seven standard deviations below their mean to as many above, with the turns of each blade. */
const GRID = Array.from({ length: 41 }, (_, i) => 1 + 0.3 * 7 * (i / 20 - 1));
const TURNS = Array.from({ length: ARMS }, (_, k) => GRID.map((r) => turn(k, r)));

/**
 * log 1/5 sum_k N(r; 1, 0.3^2) N(s; 0, 0.1^2) / (4 |1 - s exp(r) / 4|) over the blades k and the (r, s) that x is the
 * image of. For each r there is one s, and r is where x, turned back, has it as its first number: a root, bracketed on
 * a grid and bisected.
 */
pinwheel.logProb = (x1: number, x2: number): number => {
  const logs = [Number.NEGATIVE_INFINITY];
  for (const [k, turns] of TURNS.entries()) {
    const excess = ([cos, sin]: readonly [number, number], r: number) =>
      (x1 * cos + x2 * sin) / 2 - r;
    for (let i = 1; i < GRID.length; i++) {
      const isAbove = excess(turns[i - 1]!, GRID[i - 1]!) > 0;
      if (isAbove === excess(turns[i]!, GRID[i]!) > 0) continue;
      let [low, high] = [GRID[i - 1]!, GRID[i]!];
      for (let halving = 0; halving < 48; halving++) {
        const middle = (low + high) / 2;
        if (excess(turn(k, middle), middle) > 0 === isAbove) low = middle;
        else high = middle;
      }
      const [cos, sin] = turn(k, low);
      const s = (x2 * cos - x1 * sin) / 2;
      const stretch = 4 * Math.abs(1 - (s * Math.exp(low)) / 4);
      logs.push(logNormal(low, 1, 0.3) + logNormal(s, 0, 0.1) - Math.log(stretch));
    }
  }
  return logSumExp(logs) - Math.log(ARMS);
};
