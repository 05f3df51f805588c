import {
  type AdaptiveSteps,
  checkEvent,
  type FixedSteps,
  odeSolve,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Expert } from './expert.js';

/** How differential equations are solved: options of `odeSolve`. */
export type Solver = Omit<FixedSteps, 'inputs'> | Omit<AdaptiveSteps, 'inputs'>;

/** One step of order 4 from each time to the next. */
export const defaultSolver: Solver = { method: 'rk4' };

/**
 * What is added to an expert's slope.
 *
 * @param y shape `[N, ...grid, S]`
 * @param z all latent numbers, shape `[N, L]`
 * @param u the inputs at that time, shape `[N, U]`; undefined for a system without
 * @returns the shape of y
 */
export type Addition = (y: Tensor, z: Tensor, u: Tensor | undefined) => Tensor;

/** Numbers of a context: the state at the first time, and the inputs at all times. */
export function contextSizeOf(expert: Expert, times: readonly number[]): number {
  return expert.stateSize + expert.inputs.length * times.length;
}

/**
 * The solution of dy/dt = F_e(t, y, z_e) + addition from the state that the context tells.
 *
 * @param z the expert's K parameters first, shape `[N, L]`
 * @param context the state at times[0], and behind it the inputs at all times, time after time, between which they are straight
 *   lines: shape `[N, C]`
 * @returns the states at all times, the first included, shape `[N, T + 1, ...grid, S]`
 */
export function solve(
  expert: Expert,
  z: Tensor,
  context: Tensor,
  times: readonly number[],
  solver: Solver,
  addition?: Addition,
): Tensor {
  checkEvent('context: the first state, and inputs at all times', context, [
    contextSizeOf(expert, times),
  ]);
  if (z.rank !== 2 || context.rank !== 2 || z.shape[0] !== context.shape[0])
    throw new ShapeError(
      `solve: parameters [N, K] and contexts [N, C] are needed, got [${z.shape.join(', ')}] and [${context.shape.join(', ')}].`,
    );
  return tf.tidy(() => {
    const [n, count] = [z.shape[0], expert.names.length];
    const start = tf.slice(context, [0, 0], [n, expert.stateSize]);
    const hasInputs = expert.inputs.length > 0;
    const drive = tf.slice(context, [0, expert.stateSize], [n, -1]);
    const field = (t: Tensor, y: Tensor, z: Tensor, drive?: Tensor) => {
      const u = drive && inputsAt(t, drive, expert.inputs.length, times);
      const ze = z.shape[1] === count ? z : tf.slice(z, [0, 0], [n, count]);
      const slope = expert.derivative(t, y, ze, u);
      return addition === undefined ? slope : tf.add(slope, addition(y, z, u));
    };
    const states = odeSolve(field, tf.reshape(start, [n, ...expert.stateShape]), times, {
      ...solver,
      inputs: hasInputs ? [z, drive] : [z],
    });
    const axes = states.shape.map((_, axis) => axis);
    return tf.transpose(states, [1, 0, ...axes.slice(2)]);
  });
}

/**
 * Inputs at a time, on straight lines between the times at which they are told; before and behind, as there.
 *
 * @param drive shape `[N, (T + 1) U]`
 * @returns shape `[N, U]`
 */
function inputsAt(t: Tensor, drive: Tensor, count: number, times: readonly number[]): Tensor {
  const n = drive.shape[0];
  const told = tf.reshape(drive, [n, times.length, count]);
  const [first, rises] = [tf.slice(told, [0, 0, 0], [n, 1, count]), difference(told)];
  const starts = times.slice(0, -1);
  const lengths = starts.map((start, i) => times[i + 1]! - start);
  // How much of each rise is behind us.
  const shares = tf.clipByValue(tf.div(tf.sub(t, starts), lengths), 0, 1);
  const risen = tf.sum(tf.mul(rises, tf.reshape(shares, [1, -1, 1])), 1);
  return tf.add(tf.squeeze(first, [1]), risen);
}

/** x[:, i + 1] - x[:, i]. */
function difference(x: Tensor): Tensor {
  const [n, count, size] = x.shape as [number, number, number];
  const shape: [number, number, number] = [n, count - 1, size];
  return tf.sub(tf.slice(x, [0, 1, 0], shape), tf.slice(x, [0, 0, 0], shape));
}
