import type { Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';
import { Draws, plane } from './toy.js';

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
