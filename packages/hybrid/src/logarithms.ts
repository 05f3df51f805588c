import { exp } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert, type Named } from './expert.js';

/**
 * The same system, told by the logarithms of its states, which are positive numbers such as sizes of populations or concentrations:
 * d log(y) / dt = F_e(t, y, z_e) / y.
 *
 * States are named `log prey` where they were named `prey`. Errors of logarithms are shares of what is measured, and what a hybrid
 * model learns is added to rates of growth: no state can become negative.
 *
 * @example
 * ```ts
 * import { inLogarithms, lotkaVolterra } from '@pushforward/hybrid';
 * import * as tf from '@tensorflow/tfjs';
 * const known = inLogarithms(lotkaVolterra());
 * const z = known.vector({ alpha: [1], beta: [0.1], delta: [0.2], gamma: [2] });
 * known.derivative(tf.scalar(0), tf.log(tf.tensor2d([[10, 5]])), z).print(); // [[0.5, 0]], alpha - beta 5 and delta 10 - gamma
 * ```
 */
export function inLogarithms(known: Expert): Expert {
  const { parameters, state, grid, inputs } = known;
  const logarithmOf = (name: string) => `log ${name}`;
  return expert({
    ...{ parameters, grid, inputs },
    state: state.map(logarithmOf),
    field: (t, logarithms, z, u) => {
      const entries = state.map((name) => [name, exp(logarithms[logarithmOf(name)]!)] as const);
      const y: Named = Object.fromEntries(entries);
      const slopes = known.field(t, y, z, u);
      return Object.fromEntries(
        state.map((name) => [logarithmOf(name), tf.div(slopes[name]!, y[name]!)]),
      );
    },
  });
}
