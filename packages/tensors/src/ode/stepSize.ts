import * as tf from '@tensorflow/tfjs';
import { DomainError } from '../errors.js';
import type { Tensor } from '../types.js';
import type { Slope } from './field.js';

/** How large the error of one step may be: atol + rtol |y|. */
export class Tolerances {
  constructor(
    private readonly rtol: number,
    private readonly atol: number,
  ) {}

  /**
   * The root mean square of errors over what they may be, the largest of the samples along the first axis; a vector is one
   * sample. A step is good where it is no more than 1.
   */
  ratio(error: Tensor, ...states: Tensor[]): number {
    return tf.tidy(() => {
      const size = states.map((y) => tf.abs(y)).reduce((a, b) => tf.maximum(a, b));
      const scaled = tf.div(error, tf.add(this.atol, tf.mul(this.rtol, size)));
      const samples = tf.reshape(scaled, [error.rank < 2 ? 1 : error.shape[0], -1]);
      const squares = [...tf.mean(tf.square(samples), 1).dataSync()];
      // The maximum of TensorFlow.js overlooks NaN.
      return Math.sqrt(squares.reduce((a, b) => (a > b || Number.isNaN(a) ? a : b)));
    });
  }
}

/** Lengths of steps from the errors of this one and the last: a proportional-integral controller. */
export class StepSize {
  private lastRatio = 1e-4;
  private wasRejected = false;

  /** The length to try after one of length h whose error was `ratio` of what it might be. */
  next(h: number, ratio: number): number {
    const rejected = !(ratio <= 1);
    const wanted = rejected
      ? SAFETY * ratio ** -PROPORTIONAL
      : SAFETY * ratio ** -PROPORTIONAL * this.lastRatio ** INTEGRAL;
    // After a step that had to be tried again the next is no longer.
    const most = this.wasRejected && !rejected ? 1 : 10;
    const factor = Number.isFinite(ratio) ? Math.min(most, Math.max(0.2, wanted)) : 0.1;
    if (!rejected) this.lastRatio = Math.max(ratio, 1e-4);
    this.wasRejected = rejected;
    return h * factor;
  }
}

/** Source: Hairer, Norsett and Wanner, section II.4, and Hairer and Wanner, section IV.2 (beta = 0.04). */
const SAFETY = 0.9;
const INTEGRAL = 0.04;
const PROPORTIONAL = 0.2 - 0.75 * INTEGRAL;

/**
 * A first step, from how fast the solution begins to change.
 *
 * Source: Hairer, Norsett and Wanner, "Solving ordinary differential equations I", 1993, section II.4, "starting step size".
 *
 * @throws DomainError where the field is not finite at the start
 */
export function firstStep(
  slope: Slope,
  t: number,
  end: number,
  y: Tensor,
  first: Tensor,
  tolerances: Tolerances,
): number {
  const size = tolerances.ratio(y, y);
  const speed = tolerances.ratio(first, y);
  if (!Number.isFinite(size) || !Number.isFinite(speed))
    throw new DomainError(
      `odeSolve: ${Number.isFinite(size) ? 'the field' : 'y0'} is not finite at the start, t = ${t}.`,
    );
  const length = Math.abs(end - t);
  const direction = Math.sign(end - t);
  const small = Math.min(length, size < 1e-5 || speed < 1e-5 ? 1e-6 : (0.01 * size) / speed);
  const bend = tf.tidy(() => {
    const there = slope(t + direction * small, tf.add(y, tf.mul(direction * small, first)));
    return tolerances.ratio(tf.sub(there, first), y) / small;
  });
  const fastest = Math.max(speed, bend);
  const long = fastest <= 1e-15 ? Math.max(1e-6, small * 1e-3) : (0.01 / fastest) ** (1 / 5);
  return direction * Math.min(100 * small, Number.isFinite(long) ? long : small, length);
}
