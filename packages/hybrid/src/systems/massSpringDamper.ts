import { checkOptions } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert } from '../expert.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link massSpringDamper}. */
export interface MassSpringDamperOptions {
  /** Whether the damper is known of, with its parameter c; false by default. */
  readonly complete?: boolean;
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'k' | 'c'>;
}

/**
 * A unit of mass on a spring: x'' = -k x, and - c x' where the damper is known of.
 *
 * State: displacement `x`, m, and velocity `v`, m/s. Parameters per kg of mass, for motion alone does not tell more: stiffness `k`,
 * in [0.1, 100] N/(m kg) by default, and damping `c`, in [0, 5] N s/(m kg).
 *
 * Source: Hooke's law and Newton's second.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function massSpringDamper(options: MassSpringDamperOptions = {}): Expert {
  checkOptions('massSpringDamper', options, ['complete', 'ranges']);
  const k = { min: 0.1, max: 100, unit: 'N/(m kg)' };
  const c = { min: 0, max: 5, unit: 'N s/(m kg)' };
  const state = ['x', 'v'] as const;
  if (options.complete)
    return expert({
      parameters: withRanges('massSpringDamper', { k, c }, options.ranges),
      state,
      field: (_, { x, v }, { k, c }) => ({
        x: v,
        v: tf.neg(tf.add(tf.mul(k, x), tf.mul(c, v))),
      }),
    });
  return expert({
    parameters: withRanges('massSpringDamper', { k }, options.ranges),
    state,
    field: (_, { x, v }, { k }) => ({ x: v, v: tf.neg(tf.mul(k, x)) }),
  });
}
