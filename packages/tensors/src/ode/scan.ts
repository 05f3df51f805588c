import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';

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
 * Turns one after the other, each of which begins with what the last has handed on; nothing else of a turn is kept.
 *
 * @param over at least one, each of shape `[K, ...]`, K >= 1
 * @returns what the last turn has handed on, and stacks `[K, ...]` of what all of them made
 */
export function scan(
  turn: CarryingTurn,
  carried: readonly Tensor[],
  over: readonly Tensor[],
): [carried: Tensor[], stacks: Tensor[]] {
  const turns = over[0]!.shape[0];
  const own = tf.backend() as TakesTurns;
  if (turns > 1 && own.scan !== undefined) return own.scan(turn, carried, over);
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
