import { checkOptions } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert } from '../expert.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link lotkaVolterra}. */
export interface LotkaVolterraOptions {
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'alpha' | 'beta' | 'delta' | 'gamma'>;
}

/**
 * Predators and their prey: prey' = alpha prey - beta prey predator, predator' = delta prey predator - gamma predator.
 *
 * State: numbers of animals `prey` and `predator`, in any unit. Parameters: births `alpha` and deaths `gamma`, in [0.01, 5] per
 * unit of time, and the rates of meetings `beta` and `delta`, in [0.001, 5] per animal and unit of time. With positive numbers
 * delta prey - gamma log prey + beta predator - alpha log predator does not change.
 *
 * Source: Lotka, "Elements of physical biology" (1925); Volterra, "Fluctuations in the abundance of a species" (Nature, 1926).
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function lotkaVolterra(options: LotkaVolterraOptions = {}): Expert {
  checkOptions('lotkaVolterra', options, ['ranges']);
  const rate = { min: 0.01, max: 5, unit: '1/time' };
  const meeting = { min: 0.001, max: 5, unit: '1/(animals time)' };
  const defaults = { alpha: rate, beta: meeting, delta: meeting, gamma: rate };
  return expert({
    parameters: withRanges('lotkaVolterra', defaults, options.ranges),
    state: ['prey', 'predator'],
    field: (_, { prey, predator }, { alpha, beta, delta, gamma }) => ({
      prey: tf.mul(prey, tf.sub(alpha, tf.mul(beta, predator))),
      predator: tf.mul(predator, tf.sub(tf.mul(delta, prey), gamma)),
    }),
  });
}
