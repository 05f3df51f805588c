import { checkOptions, tanh } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert } from '../expert.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link positioningSystem}. */
export interface PositioningSystemOptions {
  /** Whether dry friction is known of, with its parameters; false by default. */
  readonly complete?: boolean;
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'mass' | 'viscous' | 'coulomb' | 'offset'>;
}

/** Velocity, in m/s, around which dry friction changes its sign, smoothly so that it has a slope. */
const STANDSTILL = 1e-3;

/**
 * An electro-mechanical positioning system, a carriage that a motor drives: mass q'' = force - viscous q', and
 * - coulomb sign(q') - offset where dry friction is known of.
 *
 * State: position `q`, m, and velocity `v`, m/s. Input: `force`, N. Parameters: `mass`, in [10, 300] kg by default, `viscous`, in
 * [0, 1000] N s/m, `coulomb`, in [0, 100] N, and `offset`, in [-50, 50] N.
 *
 * Source: Janot, Gautier and Brunot, "Data set and reference models of EMPS" (Nonlinear system identification benchmarks, 2019).
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function positioningSystem(options: PositioningSystemOptions = {}): Expert {
  checkOptions('positioningSystem', options, ['complete', 'ranges']);
  const mass = { min: 10, max: 300, unit: 'kg' };
  const viscous = { min: 0, max: 1000, unit: 'N s/m' };
  const coulomb = { min: 0, max: 100, unit: 'N' };
  const offset = { min: -50, max: 50, unit: 'N' };
  const [state, inputs] = [['q', 'v'] as const, ['force'] as const];
  if (options.complete)
    return expert({
      parameters: withRanges(
        'positioningSystem',
        { mass, viscous, coulomb, offset },
        options.ranges,
      ),
      state,
      inputs,
      field: (_, { v }, { mass, viscous, coulomb, offset }, { force }) => {
        const dry = tf.add(tf.mul(coulomb, tanh(tf.div(v, STANDSTILL))), offset);
        return { q: v, v: tf.div(tf.sub(tf.sub(force, tf.mul(viscous, v)), dry), mass) };
      },
    });
  return expert({
    parameters: withRanges('positioningSystem', { mass, viscous }, options.ranges),
    state,
    inputs,
    field: (_, { v }, { mass, viscous }, { force }) => ({
      q: v,
      v: tf.div(tf.sub(force, tf.mul(viscous, v)), mass),
    }),
  });
}
