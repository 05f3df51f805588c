import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';
import { checkTurns } from './checkTurns.js';

/**
 * One of many like turns.
 *
 * @param carried what the turn before has handed on
 * @param slices entry k of every tensor that turns are taken over
 * @returns what is handed on, of the shapes of `carried`; and what is put beside that of the other turns
 */
export type CarryingTurn = (
  carried: readonly Tensor[],
  slices: readonly Tensor[],
) => [carried: Tensor[], made: Tensor[]];

/** A backend may take turns in a way of its own, as one that records hears the first turn for all. */
interface TakesTurns {
  scan?: (
    turn: CarryingTurn,
    carried: readonly Tensor[],
    over: readonly Tensor[],
  ) => [carried: Tensor[], stacks: Tensor[]];
}

/**
 * Turns one after the other, each of which begins with what the last has handed on: c_k, m_k = f(c_(k-1), over[k]).
 *
 * Nothing else of a turn is kept. A program that `compile` records holds a loop, of the same length for any number of turns; f is
 * asked once then, so that what depends on JavaScript alone is the same in all turns. Where gradients are taken, all turns are written out.
 *
 * @param turn f
 * @param carried c_0, of any shapes, which every turn hands on
 * @param over at least one, each of shape `[K, ...]`, K >= 1
 * @returns what the last turn has handed on, and stacks `[K, ...]` of what all of them made
 * @throws ShapeError where there is nothing to take turns over
 *
 * @example
 * ```ts
 * import { scan } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // The logistic map, and where it has been.
 * const turn = ([x]: readonly tf.Tensor[], [rate]: readonly tf.Tensor[]): [tf.Tensor[], tf.Tensor[]] => {
 *   const next = tf.mul(rate!, tf.mul(x!, tf.sub(1, x!)));
 *   return [[next], [next]];
 * };
 * const [[last], [path]] = scan(turn, [tf.scalar(0.2)], [tf.fill([50], 3.7)]);
 * console.log(path!.shape); // [ 50 ]
 * ```
 */
export function scan(
  turn: CarryingTurn,
  carried: readonly Tensor[],
  over: readonly Tensor[],
): [carried: Tensor[], stacks: Tensor[]] {
  checkTurns('scan', over);
  const turns = over[0]!.shape[0];
  const own = tf.backend() as TakesTurns;
  if (turns > 1 && own.scan !== undefined && !tf.engine().isTapeOn())
    return own.scan(turn, carried, over);
  const made: Tensor[][] = [];
  let now = carried;
  for (let k = 0; k < turns; k++) {
    const before = now;
    const slices = () => over.map((stack) => tf.squeeze(tf.slice(stack, k, 1), [0]));
    const [next, parts] = tf.tidy(() => {
      const [next, parts] = turn(before, slices());
      // Both may hold the same tensor, which is freed when it has been handed on.
      return [next.map(tf.clone), parts];
    });
    if (k > 0) tf.dispose([...before]);
    now = next;
    made.push(parts);
  }
  const stacks = made[0]!.map((_, i) => tf.stack(made.map((parts) => parts[i]!)));
  tf.dispose(made);
  return [[...now], stacks];
}
