/** How turns are taken in a recording: the first is heard for all, the others run where the results have numbers. */
import * as tf from '@tensorflow/tfjs';
import { hollow } from './hollow.js';
import type { Listener } from './listener.js';

type Turn = (
  carried: tf.Tensor[],
  slices: tf.Tensor[],
) => [carried: tf.Tensor[], made: tf.Tensor[]];

/** The recording that turns are taken in. */
export interface Hearing {
  readonly heard: Listener | undefined;
  /** Runs what nobody is to hear of. */
  readonly quietly: <T>(run: () => T) => T;
  /** Do results need no numbers? */
  readonly isSparing: boolean;
}

/** The sums of what turns give. */
export function sumInTurns(
  { heard, quietly, isSparing }: Hearing,
  turn: (slices: tf.Tensor[]) => tf.Tensor[],
  over: readonly tf.Tensor[],
): tf.Tensor[] {
  const added = (sums: readonly tf.Tensor[], k: number) =>
    tf.tidy(() => turn(slicesAt(over, k)).map((part, i) => tf.add(sums[i]!, part)));
  const sumOfAll = (first: tf.Tensor[]) => {
    let sums = first;
    for (let k = 1; k < over[0]!.shape[0]; k++) sums = added(sums, k);
    return sums;
  };
  return tf.tidy(() => {
    const slices = quietly(() => slicesAt(over, 0));
    heard?.turnBegins(over, slices);
    const first = turn(slices);
    const sums = isSparing ? first.map((sum) => hollowLike(sum)) : quietly(() => sumOfAll(first));
    heard?.turnEnds(first, sums);
    return sums;
  });
}

/** What the last turn hands on, and stacks of what each makes. */
export function scan(
  { heard, quietly, isSparing }: Hearing,
  turn: Turn,
  starts: readonly tf.Tensor[],
  over: readonly tf.Tensor[],
): [carried: tf.Tensor[], stacks: tf.Tensor[]] {
  const turns = over[0]!.shape[0];
  const all = ([carried, made]: [tf.Tensor[], tf.Tensor[]]): [tf.Tensor[], tf.Tensor[]] => {
    const rows = made.map((row) => [row]);
    for (let k = 1; k < turns; k++) {
      const [next, parts] = turn(carried, slicesAt(over, k));
      for (const [i, part] of parts.entries()) rows[i]!.push(part);
      carried = next;
    }
    return [carried.map(anew), rows.map((parts) => tf.stack(parts))];
  };
  const [carried, slices] = quietly(() => [starts.map(anew), slicesAt(over, 0)]);
  heard?.turnBegins(over, [...carried, ...slices], starts);
  const first = turn(carried, slices);
  const [last, stacks] = isSparing
    ? [
        first[0].map((part) => hollowLike(part)),
        first[1].map((part) => hollowLike(part, [turns, ...part.shape])),
      ]
    : quietly(() => all(first));
  heard?.turnEnds(first.flat(), [...last, ...stacks]);
  return [last, stacks];
}

function slicesAt(over: readonly tf.Tensor[], k: number): tf.Tensor[] {
  return over.map((stack) => tf.squeeze(tf.slice(stack, k, 1), [0]));
}

/** The same numbers in data of their own, by which values are told apart. */
function anew(tensor: tf.Tensor): tf.Tensor {
  return tf.add(tensor, tf.zeros([], tensor.dtype));
}

function hollowLike({ shape, dtype }: tf.Tensor, form = shape): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo({ dataId: hollow(), shape: form, dtype });
}
