import * as tf from '@tensorflow/tfjs';
import { checkAbove, checkCount, checkOptions } from '../check.js';
import { DomainError, OptionError } from '../errors.js';
import type { Tensor } from '../types.js';
import { adaptiveSteps } from './adaptiveSteps.js';
import type { Field } from './field.js';
import { fixedSteps } from './fixedSteps.js';
import { tableaus } from './rungeKutta.js';
import { Tolerances } from './stepSize.js';

/** Steps of lengths that are known beforehand. */
export interface FixedSteps {
  /** Of order 1, 2, 2 and 4. */
  readonly method: 'euler' | 'midpoint' | 'heun' | 'rk4';
  /** Equal steps from one time to the next; 1 by default. */
  readonly substeps?: number;
  /** Instead of substeps: no step is longer than this. */
  readonly step?: number;
  /**
   * Keeps for gradients nothing but the solution at the asked times, and computes what lies between again. The memory is
   * then that of one interval between two times. False by default.
   */
  readonly checkpoint?: boolean;
  /** What the field is handed after t and y. */
  readonly inputs?: readonly Tensor[];
}

/** Steps as long as their errors allow. */
export interface AdaptiveSteps {
  /** The method of Dormand and Prince, of order 5. */
  readonly method: 'dopri5';
  /** The error of a step may be atol + rtol |y|; 1e-5 by default. */
  readonly rtol?: number;
  /** 1e-6 by default. */
  readonly atol?: number;
  /** No more steps than this, those tried in vain included; 10000 by default. */
  readonly maxSteps?: number;
  /** What the field is handed after t and y. */
  readonly inputs?: readonly Tensor[];
}

/**
 * y(t) with dy/dt = f(t, y) and y(times[0]) = y0, at all times.
 *
 * Fixed steps are straight-line code: they are recorded by `compile`, and differentiated through any number of times. With
 * `checkpoint`, or where nothing is differentiated, intervals between times are taken in turns, of which a program holds one.
 * 'dopri5' reads errors to find its next step, and cannot be recorded; where y has several axes, every sample along the
 * first has an error of its own, and the largest counts.
 *
 * With `checkpoint` and with 'dopri5' gradients are those of the discretised solution, computed again from kept states; steps
 * of 'dopri5' count as given. They are taken with respect to y0, to inputs and to variables that the field reads by itself;
 * a tensor that was computed must be among the inputs.
 *
 * Source: Hairer, Norsett and Wanner, "Solving ordinary differential equations I", 1993; Chen et al., "Neural ordinary
 * differential equations", arXiv:1806.07366.
 *
 * @param y0 any shape; parameters of samples are tensors like others, such as `[B, 1]` for y `[B, D]`
 * @param times two or more, increasing or decreasing; of the second kind the solution runs backward
 * @returns `[T, ...shape of y0]`, y0 first
 * @throws DomainError for times out of order, options outside their domain and, with 'dopri5', where maxSteps are not enough
 * or a number is not finite; fixed steps hand NaN on
 * @throws ShapeError where the field gives another shape than that of y
 * @throws EngineError where 'dopri5' is to be recorded
 *
 * @example
 * ```ts
 * import { type Field, odeSolve } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // Two springs y'' = -k y of k = 1 and 4, each a row (y, y').
 * const k = tf.tensor2d([[1], [4]]);
 * const springs: Field = (_, state) => {
 *   const [y, speed] = tf.split(state, 2, 1) as [tf.Tensor, tf.Tensor];
 *   return tf.concat([speed, tf.neg(tf.mul(k, y))], 1);
 * };
 * const start = tf.tensor2d([[1, 0], [1, 0]]);
 * odeSolve(springs, start, [0, 1, 2], { method: 'rk4', substeps: 20 }).print(); // cos(sqrt(k) t) first in each row
 * odeSolve(springs, start, [0, 1, 2], { method: 'dopri5' }).print();
 * ```
 */
export function odeSolve(
  field: Field,
  y0: Tensor,
  times: readonly number[],
  options: FixedSteps | AdaptiveSteps,
): Tensor {
  checkTimes(times);
  const { inputs = [] } = options;
  return tf.tidy(() => {
    if (options.method === 'dopri5') {
      checkOptions('odeSolve', options, ['method', 'rtol', 'atol', 'maxSteps', 'inputs']);
      const { rtol = 1e-5, atol = 1e-6, maxSteps = 10_000 } = options;
      checkAbove('odeSolve', 'rtol', rtol, 0);
      checkAbove('odeSolve', 'atol', atol, 0);
      checkCount('odeSolve', 'maxSteps', maxSteps, 1);
      return adaptiveSteps(field, y0, times, inputs, new Tolerances(rtol, atol), maxSteps);
    }
    const known = ['method', 'substeps', 'step', 'checkpoint', 'inputs'];
    checkOptions('odeSolve', options, known);
    const { method, checkpoint = false } = options;
    if (!Object.hasOwn(tableaus, method))
      throw new OptionError(
        `odeSolve: unknown method '${method as string}'; known are ${Object.keys(tableaus).join(', ')}, dopri5.`,
      );
    const grid = { times, substeps: substepsOf(times, options) };
    return fixedSteps(tableaus[method], field, y0, grid, inputs, checkpoint);
  });
}

function checkTimes(times: readonly number[]): void {
  const direction = Math.sign((times[1] ?? Number.NaN) - times[0]!);
  const isOrdered = times.slice(1).every((t, i) => (t - times[i]!) * direction > 0);
  if (times.length < 2 || !times.every(Number.isFinite) || !isOrdered)
    throw new DomainError(
      `odeSolve: times must be two or more finite numbers, increasing or decreasing, got ${abridged(times)}.`,
    );
}

function abridged(times: readonly number[]): string {
  return `[${times.slice(0, 8).join(', ')}${times.length > 8 ? ', ...' : ''}]`;
}

function substepsOf(times: readonly number[], { substeps, step }: FixedSteps): number {
  if (substeps !== undefined && step !== undefined)
    throw new OptionError('odeSolve: give substeps or step, not both.');
  if (step === undefined) {
    checkCount('odeSolve', 'substeps', substeps ?? 1, 1);
    return substeps ?? 1;
  }
  checkAbove('odeSolve', 'step', step, 0);
  const longest = Math.max(...times.slice(1).map((t, i) => Math.abs(t - times[i]!)));
  // A length that is a multiple of the step but for its rounding takes no step more.
  return Math.max(1, Math.ceil((longest / step) * (1 - 1e-9)));
}
