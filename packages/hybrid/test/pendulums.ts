import { Key } from '@pushforward/tensors';
import {
  type HybridModel,
  type HybridOptions,
  hybrid,
  pendulum,
  recurrentEncoder,
} from '../src/index.js';

/** Times that are quick to solve for. */
export const times = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** A small model of pendulums without friction and a remainder that starts at zero. */
export function shortPendulums(options: Partial<HybridOptions> = {}): HybridModel {
  return hybrid(Key.from(1), {
    expert: pendulum(),
    times,
    encoder: recurrentEncoder({ hidden: 4, head: [4] }),
    ...options,
  });
}
