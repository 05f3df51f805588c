import { checkOptions } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert, type Named } from '../expert.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link cascadedTanks}. */
export interface CascadedTanksOptions {
  /** Whether it is known that full tanks overflow, with parameters k5 and k6; false by default. */
  readonly complete?: boolean;
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'k1' | 'k2' | 'k3' | 'k4' | 'k5' | 'k6'>;
}

/** Levels below are taken for this one, where the slope of a square root is still finite. */
const LEAST = 1e-4;

/** The level at which tanks are full, V, and how fast the lower one comes to rest there, s. */
const [FULL, SETTLING] = [10, 4];

/**
 * Two tanks, a pump that fills the upper one, which runs out into the lower one: x1' = -k1 sqrt(x1) + k4 u,
 * x2' = k2 sqrt(x1) - k3 sqrt(x2).
 *
 * Where it is known that they overflow, above 10 V: x1' has also -k5 (x1 - 10 V), and x2' + k6 (x1 - 10 V), as some of it falls into the
 * lower tank, whose x2' is at most (10 V - x2) / 4 s: the rest is lost.
 *
 * State: levels `x1` of the upper and `x2` of the lower tank, in volt of their sensors. Input: `u`, volt of the pump. Parameters:
 * `k1`, `k2`, `k3`, in [0.001, 0.5] sqrt(V)/s by default, and `k4`, in [0.001, 0.5] 1/s; `k5` and `k6`, in [0, 0.2] 1/s.
 *
 * Source: Schoukens, Mattsson, Wigren and Noël, "Cascaded tanks benchmark combining soft and hard nonlinearities" (2016),
 * by Bernoulli's principle; it tells that tanks overflow, and no equation of it.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function cascadedTanks(options: CascadedTanksOptions = {}): Expert {
  checkOptions('cascadedTanks', options, ['complete', 'ranges']);
  const outlet = { min: 0.001, max: 0.5, unit: 'sqrt(V)/s' };
  const rate = { ...outlet, unit: '1/s' };
  const spilling = { min: 0, max: 0.2, unit: '1/s' };
  const known = { k1: outlet, k2: outlet, k3: outlet, k4: rate };
  const [state, inputs] = [['x1', 'x2'] as const, ['u'] as const];
  if (options.complete)
    return expert({
      parameters: withRanges(
        'cascadedTanks',
        { ...known, k5: spilling, k6: spilling },
        options.ranges,
      ),
      ...{ state, inputs },
      field: (_, { x1, x2 }, { k5, k6, ...outlets }, { u }) => {
        const { pumped, rise } = flows(x1, x2, outlets, u);
        const above = tf.maximum(tf.sub(x1, FULL), 0);
        return {
          x1: tf.sub(pumped, tf.mul(k5, above)),
          x2: tf.minimum(tf.add(rise, tf.mul(k6, above)), tf.div(tf.sub(FULL, x2), SETTLING)),
        };
      },
    });
  return expert({
    parameters: withRanges('cascadedTanks', known, options.ranges),
    ...{ state, inputs },
    field: (_, { x1, x2 }, outlets, { u }) => {
      const { pumped, rise } = flows(x1, x2, outlets, u);
      return { x1: pumped, x2: rise };
    },
  });
}

/** How fast levels rise by what the pump and the outlets do. */
function flows(x1: tf.Tensor, x2: tf.Tensor, k: Named<'k1' | 'k2' | 'k3' | 'k4'>, u: tf.Tensor) {
  const root = (level: tf.Tensor) => tf.sqrt(tf.maximum(level, LEAST));
  const between = root(x1);
  return {
    pumped: tf.sub(tf.mul(k.k4, u), tf.mul(k.k1, between)),
    rise: tf.sub(tf.mul(k.k2, between), tf.mul(k.k3, root(x2))),
  };
}
