import { checkOptions } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert } from '../expert.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link pendulum}. */
export interface PendulumOptions {
  /** Whether friction is known of, with its parameter alpha; false by default. */
  readonly complete?: boolean;
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'omega0' | 'alpha'>;
}

/**
 * A pendulum: theta'' = -omega0^2 sin(theta), and - alpha theta' where friction is known of.
 *
 * State: angle `theta` from the downward vertical, rad, and angular velocity `dtheta`, rad/s. Parameters: natural frequency
 * `omega0`, in [0.5, 3.5] rad/s by default, and damping `alpha`, in [0, 1] 1/s. Without friction its energy
 * theta'^2 / 2 - omega0^2 cos(theta) does not change.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, eq. 7.6.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function pendulum(options: PendulumOptions = {}): Expert {
  checkOptions('pendulum', options, ['complete', 'ranges']);
  const omega0 = { min: 0.5, max: 3.5, unit: 'rad/s' };
  const alpha = { min: 0, max: 1, unit: '1/s' };
  const state = ['theta', 'dtheta'] as const;
  const pull = (theta: tf.Tensor, omega0: tf.Tensor) =>
    tf.neg(tf.mul(tf.square(omega0), tf.sin(theta)));
  if (options.complete)
    return expert({
      parameters: withRanges('pendulum', { omega0, alpha }, options.ranges),
      state,
      field: (_, { theta, dtheta }, { omega0, alpha }) => ({
        theta: dtheta,
        dtheta: tf.sub(pull(theta, omega0), tf.mul(alpha, dtheta)),
      }),
    });
  return expert({
    parameters: withRanges('pendulum', { omega0 }, options.ranges),
    state,
    field: (_, { theta, dtheta }, { omega0 }) => ({ theta: dtheta, dtheta: pull(theta, omega0) }),
  });
}
