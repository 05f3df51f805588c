import { checkOptions, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Expert } from './expert.js';
import { Observation } from './observation.js';
import { defaultSolver, type Solver, solve } from './solve.js';

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** z_e, shape `[N, K]`, such as `expert.vector({ omega0: [1, 2] })`. */
  readonly parameters: Tensor;
  /** The state at the first time, flattened, and behind it the inputs at all times, time after time: shape `[N, C]`. */
  readonly context: Tensor;
  /** Two or more, increasing. */
  readonly times: readonly number[];
  /** Options of `odeSolve`; one step of the Runge-Kutta method of order 4 from each time to the next by default. */
  readonly solver?: Solver;
  /** Whether inputs stay from each time to the next (zero-order hold); on straight lines in between by default. */
  readonly held?: boolean;
}

/**
 * The response of an expert model, y_e: the states of a system at all times.
 *
 * @returns shape `[N, T, ...grid, S]`, the first state included
 * @throws ShapeError where parameters and contexts do not fit the expert, or each other
 *
 * @example
 * ```ts
 * import { pendulum, simulate } from '@pushforward/hybrid';
 * import * as tf from '@tensorflow/tfjs';
 * const expert = pendulum();
 * const y = simulate(expert, {
 *   parameters: expert.vector({ omega0: [1, 2] }), // rad/s
 *   context: tf.tensor2d([[0.1, 0], [0.1, 0]]), // angles and velocities at the start
 *   times: [0, 0.1, 0.2, 0.3],
 * }); // [2, 4, 2]
 * ```
 */
export function simulate(expert: Expert, options: SimulateOptions): Tensor {
  checkOptions('simulate', options, ['parameters', 'context', 'times', 'solver', 'held']);
  const { parameters, context, times, solver = defaultSolver, held = false } = options;
  return tf.tidy(() => {
    const observation = new Observation(expert, { observed: expert.state, past: 1, held });
    const conditions = observation.conditions(context, times.length);
    return solve(expert, parameters, conditions, times, solver);
  });
}
