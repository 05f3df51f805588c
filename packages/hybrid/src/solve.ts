import {
  type AdaptiveSteps,
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

/** Where a system starts, and what drives it. */
export interface Conditions {
  /** The state at the first time, shape `[N, ...grid, S]`. */
  readonly start: Tensor;
  /** The inputs at all times, shape `[N, T + 1, U]`; undefined for a system without. */
  readonly drive: Tensor | undefined;
  /** Whether inputs stay from each time to the next; else they are straight lines in between. */
  readonly held: boolean;
}

/**
 * The solution of dy/dt = F_e(t, y, z_e) + addition.
 *
 * @param z the expert's K parameters first, shape `[N, L]`
 * @returns the states at all times, the first included, shape `[N, T + 1, ...grid, S]`
 * @throws ShapeError where there are not as many parameters as starts
 */
export function solve(
  expert: Expert,
  z: Tensor,
  { start, drive, held }: Conditions,
  times: readonly number[],
  solver: Solver,
  addition?: Addition,
): Tensor {
  if (z.rank !== 2 || z.shape[0] !== start.shape[0])
    throw new ShapeError(
      `solve: parameters [N, K] are needed, N as there are contexts, ${start.shape[0]}, got [${z.shape.join(', ')}].`,
    );
  return tf.tidy(() => {
    const [n, count] = [z.shape[0], expert.names.length];
    const slope = (t: Tensor, y: Tensor, z: Tensor, u?: Tensor) => {
      const ze = z.shape[1] === count ? z : tf.slice(z, [0, 0], [n, count]);
      const known = expert.derivative(t, y, ze, u);
      return addition === undefined ? known : tf.add(known, addition(y, z, u));
    };
    if (drive === undefined)
      return inRows(odeSolve(slope, start, times, { ...solver, inputs: [z] }));
    if (held) {
      const states = [start];
      for (const [i, u] of tf.unstack(drive, 1).slice(0, -1).entries()) {
        const ends = odeSolve(slope, states[i]!, times.slice(i, i + 2), {
          ...solver,
          inputs: [z, u],
        });
        states.push(tf.squeeze(tf.slice(ends, 1, 1), [0]));
      }
      return tf.stack(states, 1);
    }
    const field = (t: Tensor, y: Tensor, z: Tensor, drive: Tensor) =>
      slope(t, y, z, inputsAt(t, drive, times));
    return inRows(odeSolve(field, start, times, { ...solver, inputs: [z, drive] }));
  });
}

/** States `[T + 1, N, ...]` as `[N, T + 1, ...]`. */
function inRows(states: Tensor): Tensor {
  const axes = states.shape.map((_, axis) => axis);
  return tf.transpose(states, [1, 0, ...axes.slice(2)]);
}

/**
 * Inputs at a time, on straight lines between the times at which they are told; before and behind, as there.
 *
 * @param drive shape `[N, T + 1, U]`
 * @returns shape `[N, U]`
 */
function inputsAt(t: Tensor, drive: Tensor, times: readonly number[]): Tensor {
  const [n, , count] = drive.shape as [number, number, number];
  const [first, rises] = [tf.slice(drive, [0, 0, 0], [n, 1, count]), difference(drive)];
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
