import { checkAbove, checkOptions } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert } from '../expert.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link cascadedTanks}. */
export interface CascadedTanksOptions {
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'k1' | 'k2' | 'k3' | 'k4'>;
  /** Level of the lower tank at which it is full, V: it rises no further. Without end by default. */
  readonly full?: number;
}

/** Levels below are taken for this one, where the slope of a square root is still finite. */
const LEAST = 1e-4;

/** How fast a level comes to rest where a tank is full, s. */
const SETTLING = 4;

/**
 * Two tanks, a pump that fills the upper one, which runs out into the lower one: x1' = -k1 sqrt(x1) + k4 u,
 * x2' = k2 sqrt(x1) - k3 sqrt(x2), and at most (full - x2) / 4 s where the lower one is known to become full. What the upper one spills is
 * not known of.
 *
 * State: levels `x1` of the upper and `x2` of the lower tank, in volt of their sensors. Input: `u`, volt of the pump. Parameters:
 * `k1`, `k2`, `k3`, in [0.001, 0.5] sqrt(V)/s by default, and `k4`, in [0.001, 0.5] 1/s.
 *
 * Source: Schoukens, Mattsson, Wigren and Noël, "Cascaded tanks benchmark combining soft and hard nonlinearities" (2016),
 * by Bernoulli's principle.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function cascadedTanks(options: CascadedTanksOptions = {}): Expert {
  checkOptions('cascadedTanks', options, ['ranges', 'full']);
  const { full } = options;
  if (full !== undefined) checkAbove('cascadedTanks', 'full', full, 0);
  const outlet = { min: 0.001, max: 0.5, unit: 'sqrt(V)/s' };
  const defaults = { k1: outlet, k2: outlet, k3: outlet, k4: { ...outlet, unit: '1/s' } };
  const root = (level: tf.Tensor) => tf.sqrt(tf.maximum(level, LEAST));
  return expert({
    parameters: withRanges('cascadedTanks', defaults, options.ranges),
    state: ['x1', 'x2'],
    inputs: ['u'],
    field: (_, { x1, x2 }, { k1, k2, k3, k4 }, { u }) => {
      const between = root(x1);
      const rise = tf.sub(tf.mul(k2, between), tf.mul(k3, root(x2)));
      return {
        x1: tf.sub(tf.mul(k4, u), tf.mul(k1, between)),
        x2: full === undefined ? rise : tf.minimum(rise, tf.div(tf.sub(full, x2), SETTLING)),
      };
    },
  });
}
