/** What passes make of loops, counted in nodes, and that the numbers stay. */
import { Key, sumInTurns, type Tensor } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { Program } from '../graph/program.js';
import { isLoop } from '../graph/turns.js';
import { trace } from '../record/trace.js';
import { replay } from '../run/replay.js';
import { lower } from '../tensorflow/lower.js';
import { withoutRepetition } from './commonSubexpressions.js';
import { withTrimmedLoops } from './loops.js';
import { simplify } from './simplify.js';
import { withLoopsUnrolled } from './unrolled.js';

const [x, other] = [Key.from(1).normal([3]), Key.from(2).normal([3])];
const turns = [tf.range(1, 5)];

const recorded = (fn: (x: Tensor) => Tensor | Tensor[]) => trace(fn, [x]).program!;
const loopsOf = ({ nodes }: Program) => nodes.filter(isLoop);
const kernelsOf = ({ nodes }: Program) => nodes.map(({ kernel }) => kernel);

/** Runs programs on numbers that they were not recorded with. */
async function expectSame(before: Program, after: Program): Promise<void> {
  const expected = await replay(before).run([other], []);
  const got = await replay(after).run([other], []);
  for (const [i, tensor] of got.entries()) expect(tensor).toBeAllClose(expected[i]!, { rel: 1e-6 });
}

const doubled = (x: Tensor) => sumInTurns(([k]) => [tf.exp(tf.mul(k!, x)), tf.sin(k!)], turns);

test('sums that nobody needs are not computed, nor what they alone took in', async () => {
  const before = recorded((x) => {
    const idle = tf.cos(x);
    const sums = sumInTurns(([k, j]) => [tf.mul(k!, x), tf.mul(j!, idle)], [...turns, ...turns]);
    return sums[0]!;
  });
  const after = withTrimmedLoops(before);
  expect(kernelsOf(before)).toEqual(['Cos', 'SumInTurns']);
  expect(kernelsOf(after)).toEqual(['SumInTurns']);
  const [loop] = loopsOf(after);
  expect(kernelsOf(loop!.body)).toEqual(['Multiply']);
  expect([loop!.inputs.length, loop!.outputs.length]).toEqual([2, 1]);
  await expectSame(before, after);
});

test('numbers that are known outside are known inside', async () => {
  const before = recorded(
    (x) =>
      sumInTurns(([k]) => [tf.mul(tf.add(tf.mul(k!, x), tf.zeros([3])), tf.ones([3]))], turns)[0]!,
  );
  const after = simplify(before);
  expect(kernelsOf(loopsOf(before)[0]!.body)).toEqual(['Multiply', 'Add', 'Multiply']);
  expect(kernelsOf(loopsOf(after)[0]!.body)).toEqual(['Multiply']);
  await expectSame(before, after);
});

test('equal loops become one; those that differ in an operation, a number or their turns do not', async () => {
  const loop =
    (
      f: (x: Tensor) => Tensor = tf.exp,
      factor = 2,
      over: Tensor = turns[0]!,
      more = (y: Tensor) => y,
    ) =>
    (x: Tensor) =>
      sumInTurns(([k]) => [more(f(tf.mul(factor, tf.mul(k!, x))))], [over])[0]!;
  const all = [
    loop(),
    loop(),
    loop(tf.sin),
    loop(tf.exp, 3),
    loop(tf.exp, 2, tf.range(2, 6)),
    loop(tf.exp, 2, tf.range(1, 6)),
    loop(tf.exp, 2, turns[0], tf.square),
  ];
  const before = recorded((x) => all.map((f) => f(x)));
  const after = withoutRepetition(before);
  expect([loopsOf(before).length, loopsOf(after).length]).toEqual([7, 6]);
  await expectSame(before, after);
});

test('loops written out give the same sums, in TensorFlow graphs too', async () => {
  const nested = (x: Tensor) =>
    sumInTurns(
      ([k]) => [...doubled(tf.mul(k!, x)), tf.mul(k!, tf.ones([2, 2]))],
      [Key.from(3).normal([3, 1])],
    );
  const before = simplify(recorded(nested));
  const after = withLoopsUnrolled(before);
  expect(loopsOf(before)).toHaveLength(1);
  expect(loopsOf(after)).toHaveLength(0);
  expect(kernelsOf(after).filter((kernel) => kernel === 'Exp')).toHaveLength(3 * 4);
  await expectSame(before, after);
  expect(lower(after).results).toHaveLength(3);
});

test('slices of what is computed are cut out turn by turn', async () => {
  const before = recorded(
    (x) =>
      sumInTurns(([row]) => [tf.exp(row!)], [tf.mul(tf.expandDims(x, 0), tf.ones([4, 3]))])[0]!,
  );
  const after = withLoopsUnrolled(before);
  expect(kernelsOf(after).filter((kernel) => kernel === 'Slice')).toHaveLength(4);
  await expectSame(before, after);
});
