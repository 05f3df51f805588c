import * as tf from '@tensorflow/tfjs';
import { pullback } from '../ops/gradient.js';
import type { Tensor } from '../types.js';
import { checkTurns } from './checkTurns.js';

/**
 * What is added in one turn.
 *
 * @param slices entry k of every tensor in `over`
 * @param inputs whatever else it depends on
 * @returns tensors of the same shapes in every turn
 */
export type Turn = (slices: readonly Tensor[], ...inputs: Tensor[]) => Tensor[];

/** A backend may take turns in a way of its own, as one that records hears the first turn for all. */
interface TakesTurns {
  sumInTurns?: (turn: (slices: readonly Tensor[]) => Tensor[], over: readonly Tensor[]) => Tensor[];
}

/**
 * sum_k f(over[k], ...inputs), one turn after the other: a sum of many terms in the memory of one.
 *
 * What f computes in one turn is forgotten before the next, in the pass forward and in that of gradients, which are sums
 * in turns as well: they can be differentiated again. A program that `compile` records holds a loop, of the same length
 * for any number of turns; f is asked once then, so that what depends on JavaScript alone is the same in all turns.
 *
 * Everything that f depends on and that is to have a gradient must be among the inputs; `over` has none.
 *
 * @param over at least one, each of shape `[K, ...]`, K >= 1
 * @param inputs of any shapes
 * @returns the sum of each tensor that f gives, of its shape
 * @throws ShapeError where there is nothing to take turns over
 *
 * @example
 * ```ts
 * import { sumInTurns } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // sum_k sin(k x) for k = 1, ..., 1000
 * const x = tf.linspace(0, 1, 5);
 * const [sum] = sumInTurns(([k], x) => [tf.sin(tf.mul(k!, x!))], [tf.range(1, 1001)], [x]);
 * sum!.print();
 * ```
 */
export function sumInTurns(
  f: Turn,
  over: readonly Tensor[],
  inputs: readonly Tensor[] = [],
): Tensor[] {
  checkTurns('sumInTurns', over);
  return tf.tidy(() => {
    // Where nothing is differentiated the sums need not be one tensor.
    if (!tf.engine().isTapeOn()) return inTurns((slices) => f(slices, ...inputs), over);
    let shapes: number[][] = [];
    const sum = tf.customGrad((...args) => {
      const save = args.pop() as unknown as (saved: Tensor[]) => void;
      const inputs = args as Tensor[];
      save([...over, ...inputs]);
      const sums = inTurns((slices) => f(slices, ...inputs), over);
      shapes = sums.map(({ shape }) => shape);
      return {
        value: joined(sums),
        gradFunc: (dy: Tensor, saved: Tensor[]) =>
          sumInTurns(
            (slices, dy, ...inputs) =>
              pullback((...inputs) => joined(f(slices, ...inputs)), inputs, dy),
            saved.slice(0, over.length),
            [dy, ...saved.slice(over.length)],
          ),
      };
    })(...inputs);
    return apart(sum, shapes);
  });
}

function inTurns(turn: (slices: readonly Tensor[]) => Tensor[], over: readonly Tensor[]): Tensor[] {
  const turns = over[0]!.shape[0];
  const own = tf.backend() as TakesTurns;
  if (turns > 1 && own.sumInTurns !== undefined) return own.sumInTurns(turn, over);
  let sums: Tensor[] | undefined;
  for (let k = 0; k < turns; k++) {
    const before = sums;
    sums = tf.tidy(() => {
      const made = turn(over.map((stack) => entry(stack, k)));
      return before === undefined ? made : made.map((part, i) => tf.add(before[i]!, part));
    });
    tf.dispose(before);
  }
  return sums!;
}

function entry(stack: Tensor, k: number): Tensor {
  const [, ...shape] = stack.shape;
  return tf.reshape(tf.slice(stack, [k], [1]), shape);
}

/** One tensor, as everything that has a gradient of its own must be. */
function joined(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0]! : tf.concat(parts.map((part) => tf.reshape(part, [-1])));
}

function apart(whole: Tensor, shapes: readonly number[][]): Tensor[] {
  if (shapes.length === 1) return [whole];
  let first = 0;
  return shapes.map((shape) => {
    const size = tf.util.sizeFromShape(shape);
    const part = tf.reshape(tf.slice(whole, [first], [size]), shape);
    first += size;
    return part;
  });
}
