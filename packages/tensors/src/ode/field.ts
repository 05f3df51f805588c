import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.js';
import type { Tensor } from '../types.js';

/**
 * The right-hand side of dy/dt = f(t, y).
 *
 * @param t scalar
 * @param y any shape; each sample of a batch may have parameters of its own, which are tensors like others
 * @param inputs what else f depends on, as it was handed to `odeSolve`
 * @returns the shape of y
 */
export type Field = (t: Tensor, y: Tensor, ...inputs: Tensor[]) => Tensor;

/** A point in time, or a length of it: known when a program is recorded, or one of many turns'. */
export type Time = number | Tensor;

/** t + c h. */
export function later(t: Time, c: number, h: Time): Time {
  if (c === 0) return t;
  return typeof t === 'number' && typeof h === 'number' ? t + c * h : tf.add(t, times(c, h));
}

/** c h. */
export function times(c: number, h: Time): Time {
  return typeof h === 'number' ? c * h : c === 1 ? h : tf.mul(c, h);
}

/** f(t, y) with what else it depends on filled in, and its shape looked at. */
export type Slope = (t: Time, y: Tensor) => Tensor;

/** @throws ShapeError where the field gives another shape than that of y */
export function slopeOf(field: Field, inputs: readonly Tensor[]): Slope {
  return (t, y) => {
    const slope = field(typeof t === 'number' ? tf.scalar(t) : t, y, ...inputs);
    if (!tf.util.arraysEqual(slope.shape, y.shape))
      throw new ShapeError(
        `odeSolve: the field must give the shape of y, [${y.shape.join(', ')}], got [${slope.shape.join(', ')}].`,
      );
    return slope;
  };
}

/** y + h (w_1 k_1 + w_2 k_2 + ...), where slopes of one weight are added before they are weighed. */
export function moved(
  y: Tensor,
  h: Time,
  weights: readonly number[],
  slopes: readonly Tensor[],
): Tensor {
  const byWeight = new Map<number, Tensor>();
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue;
    const others = byWeight.get(weight);
    byWeight.set(weight, others === undefined ? slopes[i]! : tf.add(others, slopes[i]!));
  }
  return [...byWeight].reduce<Tensor>(
    (sum, [weight, slope]) => tf.add(sum, tf.mul(times(weight, h), slope)),
    y,
  );
}
