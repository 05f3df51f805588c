import { checkAbove, checkOptions } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert } from '../expert.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link doublePendulum}. */
export interface DoublePendulumOptions {
  /** Acceleration of gravity, m/s^2; 9.81 by default. */
  readonly gravity?: number;
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'l1' | 'l2' | 'm1' | 'm2'>;
}

/**
 * A pendulum that hangs from another, without friction: two point masses on rods without mass. With d = theta1 - theta2,
 * M = 2 m1 + m2 - m2 cos(2 d):
 *
 * w1' = (-g (2 m1 + m2) sin(theta1) - m2 g sin(theta1 - 2 theta2) - 2 sin(d) m2 (w2^2 l2 + w1^2 l1 cos(d))) / (l1 M),
 * w2' = 2 sin(d) ((m1 + m2) (w1^2 l1 + g cos(theta1)) + w2^2 l2 m2 cos(d)) / (l2 M).
 *
 * State: angles from the downward vertical `theta1`, `theta2`, rad, and angular velocities `w1`, `w2`, rad/s. Parameters: lengths
 * `l1`, `l2`, in [0.05, 2] m by default, and masses `m1`, `m2`, in [0.05, 2] kg, of which only the ratio has an effect.
 *
 * Source: Lagrange's equations of T - V with T = m1 (l1 w1)^2 / 2 + m2 |v2|^2 / 2.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function doublePendulum(options: DoublePendulumOptions = {}): Expert {
  checkOptions('doublePendulum', options, ['gravity', 'ranges']);
  const { gravity: g = 9.81, ranges } = options;
  checkAbove('doublePendulum', 'gravity', g, 0);
  const length = { min: 0.05, max: 2, unit: 'm' };
  const mass = { min: 0.05, max: 2, unit: 'kg' };
  const defaults = { l1: length, l2: length, m1: mass, m2: mass };
  return expert({
    parameters: withRanges('doublePendulum', defaults, ranges),
    state: ['theta1', 'theta2', 'w1', 'w2'],
    field: (_, { theta1, theta2, w1, w2 }, { l1, l2, m1, m2 }) => {
      const apart = tf.sub(theta1, theta2);
      const [sin, cos] = [tf.sin(apart), tf.cos(apart)];
      const [push1, push2] = [tf.mul(tf.square(w1), l1), tf.mul(tf.square(w2), l2)];
      const both = tf.add(m1, m2);
      // 2 m1 + m2 - m2 cos(2 d) = 2 (m1 + m2 sin^2 d)
      const inertia = tf.mul(2, tf.add(m1, tf.mul(m2, tf.square(sin))));
      const falling = tf.add(
        tf.mul(tf.add(both, m1), tf.sin(theta1)),
        tf.mul(m2, tf.sin(tf.sub(apart, theta2))),
      );
      const pulled = tf.mul(tf.mul(2, sin), tf.mul(m2, tf.add(push2, tf.mul(push1, cos))));
      const lifted = tf.add(
        tf.mul(both, tf.add(push1, tf.mul(g, tf.cos(theta1)))),
        tf.mul(tf.mul(push2, m2), cos),
      );
      return {
        theta1: w1,
        theta2: w2,
        w1: tf.neg(tf.div(tf.add(tf.mul(g, falling), pulled), tf.mul(l1, inertia))),
        w2: tf.div(tf.mul(tf.mul(2, sin), lifted), tf.mul(l2, inertia)),
      };
    },
  });
}
