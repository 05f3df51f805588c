import * as tf from '@tensorflow/tfjs';
import { pullback } from '../ops/gradient.js';
import { scan } from '../turns/scan.js';
import type { Tensor } from '../types.js';
import { type Kept, keeping } from './adjoint.js';
import { type Field, later, times as scaled, slopeOf, type Time } from './field.js';
import { step, type Tableau } from './rungeKutta.js';

/** Times, and the equal steps from each to the next. */
export interface Grid {
  readonly times: readonly number[];
  readonly substeps: number;
}

/**
 * The solution at the times of a grid, by steps whose lengths are known.
 *
 * @param isKeeping whether no more is kept for gradients than the solution itself
 * @returns `[T, ...shape of y]`
 */
export function fixedSteps(
  tableau: Tableau,
  field: Field,
  y0: Tensor,
  grid: Grid,
  inputs: readonly Tensor[],
  isKeeping: boolean,
): Tensor {
  const between: Between = (t, length, y, inputs) =>
    interval(tableau, field, inputs, t, scaled(1 / grid.substeps, length), grid.substeps, y);
  if (tf.engine().isTapeOn() && !isKeeping) return straight(between, grid, y0, inputs);
  return keeping(field, grid.times[0]!, y0, inputs, (y0, inputs) =>
    inTurns(between, grid, y0, inputs),
  );
}

/** From the state at t to that at t + length. */
type Between = (t: Time, length: Time, y: Tensor, inputs: readonly Tensor[]) => Tensor;

/** More steps than this between two times are turns of their own in a program, of which it holds one. */
const MOST_WRITTEN_OUT = 4;

function interval(
  tableau: Tableau,
  field: Field,
  inputs: readonly Tensor[],
  t: Time,
  h: Time,
  substeps: number,
  y: Tensor,
): Tensor {
  const slope = slopeOf(field, inputs);
  if (substeps > MOST_WRITTEN_OUT && !tf.engine().isTapeOn()) {
    const turn = ([y]: readonly Tensor[], [i]: readonly Tensor[]): [Tensor[], Tensor[]] => [
      [step(tableau, slope, tf.add(t, tf.mul(i!, h)), h, y!)],
      [],
    ];
    return scan(turn, [y], [tf.range(0, substeps)])[0][0]!;
  }
  for (let i = 0; i < substeps; i++) y = step(tableau, slope, later(t, i, h), h, y);
  return y;
}

function straight(
  between: Between,
  { times }: Grid,
  y0: Tensor,
  inputs: readonly Tensor[],
): Tensor {
  const states = [y0];
  for (const [i, t] of times.slice(0, -1).entries())
    states.push(between(t, times[i + 1]! - t, states[i]!, inputs));
  return tf.stack(states);
}

/** One interval after the other, of which nothing is kept but where it leads to. */
function inTurns(between: Between, grid: Grid, y0: Tensor, inputs: readonly Tensor[]): Kept {
  const { times } = grid;
  const turns = times.length - 1;
  const lengths = times.slice(1).map((t, i) => t - times[i]!);
  const mean = (times.at(-1)! - times[0]!) / turns;
  const isEven = lengths.every((length) => Math.abs(length - mean) <= 1e-9 * Math.abs(mean));
  /** What each turn is told: when it begins, and how long it lasts where that is not always the same. */
  const clock = (inOrder: (numbers: readonly number[]) => number[]) => [
    tf.tensor1d(inOrder(times.slice(0, -1))),
    ...(isEven ? [] : [tf.tensor1d(inOrder(lengths))]),
  ];
  const length = (lengths: readonly Tensor[]): Time => lengths[0] ?? mean;

  const [, stacks] = scan(
    ([y], [t, ...lengths]) => {
      const next = between(t!, length(lengths), y!, inputs);
      return [[next], [next]];
    },
    [y0],
    clock((numbers) => [...numbers]),
  );
  const solution = tf.concat([tf.expandDims(y0, 0), stacks[0]!]);

  const gradient = (dy: Tensor, states: Tensor, sources: readonly Tensor[]): Tensor[] => {
    const backward = (stack: Tensor, from: number) => tf.reverse(tf.slice(stack, from, turns), 0);
    const [products] = scan(
      ([dy, ...sums], [y, dyHere, t, ...lengths]) => {
        const [dyBefore, ...parts] = pullback(
          (y, ...sources) => between(t!, length(lengths), y, sources.slice(0, inputs.length)),
          [y!, ...sources],
          tf.add(dy!, dyHere!),
        );
        return [[dyBefore!, ...sums.map((sum, i) => tf.add(sum, parts[i]!))], []];
      },
      [y0, ...sources].map((source) => tf.zeros(source.shape)),
      [backward(states, 0), backward(dy, 1), ...clock((numbers) => [...numbers].reverse())],
    );
    const [dy0, ...others] = products as [Tensor, ...Tensor[]];
    return [tf.add(dy0, tf.squeeze(tf.slice(dy, 0, 1), [0])), ...others];
  };
  return {
    solution,
    states: solution,
    gradient,
    again: (y0, inputs) => straight(between, grid, y0, inputs),
  };
}
