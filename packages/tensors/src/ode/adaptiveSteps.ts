import * as tf from '@tensorflow/tfjs';
import { DomainError, EngineError } from '../errors.js';
import { pullback } from '../ops/gradient.js';
import type { Tensor } from '../types.js';
import { type Kept, keeping } from './adjoint.js';
import { dormandPrince, errorWeights, within } from './dormandPrince.js';
import { type Field, moved, type Slope, slopeOf } from './field.js';
import { slopesOf } from './rungeKutta.js';
import { firstStep, StepSize, type Tolerances } from './stepSize.js';

/** A step that was accepted. */
interface Step {
  readonly t: number;
  readonly h: number;
  /** Where within it the asked times lie, as shares of h. */
  readonly shares: readonly number[];
}

/**
 * The solution at increasing or decreasing times by steps as long as their errors allow.
 *
 * @returns `[T, ...shape of y]`
 */
export function adaptiveSteps(
  field: Field,
  y0: Tensor,
  times: readonly number[],
  inputs: readonly Tensor[],
  tolerances: Tolerances,
  maxSteps: number,
): Tensor {
  refuseRecording();
  return keeping(field, times[0]!, y0, inputs, (y0, inputs): Kept => {
    const slope = slopeOf(field, inputs);
    const { steps, states, asked } = advance(slope, y0, times, tolerances, maxSteps);
    return {
      solution: tf.stack([y0, ...asked]),
      states: tf.stack(states),
      gradient: (dy, states, sources) => backward(field, steps, inputs.length, dy, states, sources),
      again: (y0, inputs) => straight(slopeOf(field, inputs), steps, y0),
    };
  });
}

/** A backend may record what is computed. */
function refuseRecording(): void {
  const { isRecording } = tf.backend() as { isRecording?: boolean };
  if (isRecording)
    throw new EngineError(
      "odeSolve: how long the steps of 'dopri5' are depends on numbers, and a recording has one path. Take a method of " +
        "fixed steps, such as 'rk4', or call it outside of what is compiled.",
    );
}

/** The steps, the states that they begin with, and those that were asked for. */
function advance(
  slope: Slope,
  y0: Tensor,
  times: readonly number[],
  tolerances: Tolerances,
  maxSteps: number,
) {
  const steps: Step[] = [];
  const states: Tensor[] = [];
  const asked: Tensor[] = [];
  const end = times.at(-1)!;
  let [t, y] = [times[0]!, y0];
  let first = tf.tidy(() => tf.clone(slope(t, y)));
  let h = firstStep(slope, t, end, y, first, tolerances);
  const size = new StepSize();
  for (let tried = 0; t !== end; tried++) {
    if (tried === maxSteps)
      throw new DomainError(
        `odeSolve: ${maxSteps} steps have come as far as t = ${t}, of ${end}. Allow more by maxSteps, ask for less by ` +
          'rtol and atol, or make the field less stiff.',
      );
    // A last step that is a little longer is better than a very short one after it.
    const to = Math.abs(end - t) <= 1.01 * Math.abs(h) ? end : t + h;
    const step = stepOf(t, to, times.slice(asked.length + 1));
    const [ratio, next, last, ...here] = attempt(slope, step, y, first, tolerances);
    if (next !== undefined && last !== undefined) {
      steps.push(step);
      states.push(y);
      asked.push(...here);
      first.dispose();
      [t, y, first] = [to, next, last];
    }
    h = size.next(step.h, ratio);
    checkLength(t, h, ratio);
  }
  return { steps, states, asked };
}

/** The step between two times, and which of the times that are left lie within. */
function stepOf(t: number, to: number, left: readonly number[]): Step {
  const h = to - t;
  const shares = left.map((asked) => (asked === to ? 1 : (asked - t) / h));
  return { t, h, shares: shares.filter((share) => share <= 1) };
}

/** What the error of a step is of what it may be; and, where that is enough, the next state, its slope, and asked states. */
function attempt(
  slope: Slope,
  { t, h, shares }: Step,
  y: Tensor,
  first: Tensor,
  tolerances: Tolerances,
): [ratio: number, next?: Tensor, last?: Tensor, ...asked: Tensor[]] {
  return tf.tidy(() => {
    const slopes = slopesOf(dormandPrince, slope, t, h, y, [first]);
    const next = within(1, h, y, slopes);
    const error = moved(tf.zerosLike(y), h, errorWeights, slopes);
    const ratio = tolerances.ratio(error, y, next);
    if (!(ratio <= 1)) return [ratio];
    // A field may give back what it was handed.
    const last = tf.clone(slopes.at(-1)!);
    return [ratio, next, last, ...shares.map((share) => within(share, h, y, slopes))];
  });
}

/** @throws DomainError where t + h is t in the numbers that the field is handed */
function checkLength(t: number, h: number, ratio: number): void {
  if (Math.abs(h) > 4 * 2 ** -24 * Math.abs(t) && Math.abs(h) > 1e-30) return;
  throw new DomainError(
    Number.isFinite(ratio)
      ? `odeSolve: at t = ${t} no step is short enough for the tolerances. Raise rtol and atol: numbers have 7 digits.`
      : `odeSolve: the field or the solution is not finite just after t = ${t}.`,
  );
}

/** What a step gives: the states asked for within it, then that at its end. */
function given({ t, h, shares }: Step, slope: Slope, y: Tensor): Tensor[] {
  const slopes = slopesOf(dormandPrince, slope, t, h, y);
  return [...shares, 1].map((share) => within(share, h, y, slopes));
}

function straight(slope: Slope, steps: readonly Step[], y0: Tensor): Tensor {
  let y = y0;
  const asked = [y0];
  for (const step of steps) {
    const states = given(step, slope, y);
    y = states.pop()!;
    asked.push(...states);
  }
  return tf.stack(asked);
}

/** The products of dy with the derivatives of the solution, step by step from the last to the first. */
function backward(
  field: Field,
  steps: readonly Step[],
  inputCount: number,
  dy: Tensor,
  states: Tensor,
  sources: readonly Tensor[],
): Tensor[] {
  const entry = (stack: Tensor, i: number) => tf.squeeze(tf.slice(stack, i, 1), [0]);
  let left = dy.shape[0];
  let products = [tf.zerosLike(entry(dy, 0)), ...sources.map((source) => tf.zerosLike(source))];
  for (let n = steps.length - 1; n >= 0; n--) {
    const step = steps[n]!;
    left -= step.shares.length;
    const before = products;
    products = tf.tidy(() => {
      const [after, ...sums] = before as [Tensor, ...Tensor[]];
      const dyHere = tf.concat([tf.slice(dy, left, step.shares.length), tf.expandDims(after, 0)]);
      const [dyBefore, ...parts] = pullback(
        (y, ...sources) => tf.stack(given(step, slopeOf(field, sources.slice(0, inputCount)), y)),
        [entry(states, n), ...sources],
        dyHere,
      );
      return [dyBefore!, ...sums.map((sum, i) => tf.add(sum, parts[i]!))];
    });
    tf.dispose(before);
  }
  const [dy0, ...others] = products as [Tensor, ...Tensor[]];
  return [tf.add(dy0, entry(dy, 0)), ...others];
}
