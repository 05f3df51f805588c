/** What tracing columns spares, counted in nodes, and that the numbers stay. */
import { placeColumns, takeColumns } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { Program } from '../graph/program.js';
import { trace } from '../record/trace.js';
import { replay } from '../run/replay.js';
import { withColumnsTraced } from './columns.js';
import { simplify } from './simplify.js';

const x = tf.tensor2d([
  [1, -2, 3, 0.5],
  [4, 5, -6, 7],
]);
const other = tf.tensor2d([
  [0.3, 5, -7, 0.1],
  [2, -1, 8, -3],
]);

const wide = tf.tensor2d([0.1, -2, 3, 0.5, 4, 5, -0.6, 7, 0.8, 9, 1, 2], [2, 6]);

const kernels = (program: Program) => program.nodes.map((node) => node.kernel).sort();

async function expectSame(before: Program, after: Program, x = other): Promise<void> {
  const expected = await replay(before).run([x], []);
  const got = await replay(after).run([x], []);
  for (const [i, tensor] of got.entries()) expect(tensor).toBeAllClose(expected[i]!, {});
}

/** Two couplings: the even columns move the odd ones, then the other way round. */
function couplings(x: tf.Tensor): tf.Tensor {
  const [even, odd] = [
    [0, 2, 4],
    [1, 3, 5],
  ] as const;
  const step = (x: tf.Tensor, read: readonly number[], moved: readonly number[]) =>
    tf.add(
      placeColumns(tf.mul(takeColumns(x, moved), tf.exp(takeColumns(x, read))), moved, 6),
      placeColumns(takeColumns(x, read), read, 6),
    );
  return tf.sum(step(step(x, even, odd), odd, even), -1);
}

test('what is put into a matrix and taken out again never goes through it', async () => {
  const { program } = trace(couplings, [wide]);
  const before = program!;
  const after = simplify(before);
  const moves = (program: Program) =>
    kernels(program).filter((kernel) => ['GatherV2', 'Concat', 'Add'].includes(kernel));
  expect(moves(before).length).toBeGreaterThan(15);
  // Even and odd columns of the argument; both halves of the result side by side, in their order.
  expect(moves(after)).toEqual(['Concat', 'GatherV2', 'GatherV2', 'GatherV2']);
  await expectSame(before, after, wide);
});

test('so do gradients', async () => {
  const { program } = trace((x: tf.Tensor) => tf.grad(couplings)(x), [wide]);
  const after = simplify(program!);
  expect(after.nodes.length).toBeLessThan(program!.nodes.length / 2);
  await expectSame(program!, after, wide);
});

test('a sum adds only where both operands have something', async () => {
  const { program } = trace(
    (x: tf.Tensor) => tf.add(x, placeColumns(tf.exp(takeColumns(x, [1, 2])), [1, 2], 4)),
    [x],
  );
  const after = simplify(program!);
  const [sum] = after.nodes.filter(({ kernel }) => kernel === 'Add');
  expect(sum!.outputs[0]!.shape).toEqual([2, 2]);
  await expectSame(program!, after);
});

test('slices, splits and reversals are followed; other axes are left alone', async () => {
  const { program } = trace(
    (x: tf.Tensor) => {
      const [a, b] = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
      const swapped = tf.concat([b, a], 1);
      return [
        tf.slice(swapped, [0, 2], [2, 2]),
        tf.gather(swapped, tf.tensor1d([3, 2, 1, 0], 'int32'), 1),
        tf.concat([x, swapped], 0),
        tf.slice(swapped, [1, 0], [1, 4]),
      ];
    },
    [x],
  );
  await expectSame(program!, withColumnsTraced(program!));
  const [sliced] = simplify(program!).results;
  expect(sliced!.source).toMatchObject({ kind: 'node' });
  await expectSame(program!, simplify(program!));
});

test('many columns from many places are one gather', async () => {
  const { program } = trace(
    (x: tf.Tensor) => {
      const wide = tf.concat([x, tf.exp(x), tf.neg(x)], 1);
      const scattered = [0, 4, 8].flatMap((start) => [3, 0, 2, 1].map((i) => start + i));
      return tf.gather(wide, tf.tensor1d(scattered, 'int32'), 1);
    },
    [x],
  );
  const after = simplify(program!);
  expect(kernels(after)).toEqual(['Concat', 'Exp', 'GatherV2', 'Neg']);
  await expectSame(program!, after);
});
