import { checkOptions, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert } from '../expert.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link rlcCircuit}. */
export interface RLCCircuitOptions {
  /** Whether the resistance is known of, with its parameter R; false by default. */
  readonly complete?: boolean;
  /** V(t) in volt, of a scalar t in seconds; 1 + 2.5 sin(2 t) by default. */
  readonly voltage?: (t: Tensor) => Tensor;
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'L' | 'C' | 'R'>;
}

/**
 * A resistor, a coil and a capacitor in series with a source V(t): U' = I / C, I' = (V(t) - U) / L, and - R I / L where the
 * resistance is known of.
 *
 * State: the capacitor's voltage `U`, V, and the current `I`, A. Parameters: inductance `L`, in [0.5, 6] H by default, capacitance
 * `C`, in [0.25, 3] F, and resistance `R`, in [0, 4] ohm.
 *
 * Source: Kirchhoff's voltage law, V = L I' + R I + U; Wehenkel, "Contributions to generative modeling", PhD thesis,
 * Liege 2022, eq. 7.7, which has R I / C in the place of R I / L.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function rlcCircuit(options: RLCCircuitOptions = {}): Expert {
  checkOptions('rlcCircuit', options, ['complete', 'voltage', 'ranges']);
  const { voltage = (t: Tensor) => tf.add(1, tf.mul(2.5, tf.sin(tf.mul(2, t)))) } = options;
  const L = { min: 0.5, max: 6, unit: 'H' };
  const C = { min: 0.25, max: 3, unit: 'F' };
  const R = { min: 0, max: 4, unit: 'ohm' };
  const state = ['U', 'I'] as const;
  if (options.complete)
    return expert({
      parameters: withRanges('rlcCircuit', { L, C, R }, options.ranges),
      state,
      field: (t, { U, I }, { L, C, R }) => ({
        U: tf.div(I, C),
        I: tf.div(tf.sub(tf.sub(voltage(t), U), tf.mul(R, I)), L),
      }),
    });
  return expert({
    parameters: withRanges('rlcCircuit', { L, C }, options.ranges),
    state,
    field: (t, { U, I }, { L, C }) => ({ U: tf.div(I, C), I: tf.div(tf.sub(voltage(t), U), L) }),
  });
}
