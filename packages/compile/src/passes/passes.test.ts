/** What each pass buys, counted in nodes, and that the numbers stay. */
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Program } from '../graph/program.js';
import { scheduled } from '../graph/rewrite.js';
import { trace } from '../record/trace.js';
import { replay } from '../run/replay.js';
import { withoutAliases } from './aliases.js';
import { withShorterArithmetic } from './arithmetic.js';
import { withClipping } from './clipping.js';
import { withoutRepetition } from './commonSubexpressions.js';
import { withConstantsFolded } from './constantFolding.js';
import { withBiasesAbsorbed, withTransposesAbsorbed } from './matrixProducts.js';
import { withPackedState } from './packedState.js';
import { withReshapesBehind } from './reshapes.js';
import { withConstantsSpread } from './spreadConstants.js';

const kernels = (program: Program) => program.nodes.map((node) => node.kernel);

function recorded(fn: (x: tf.Tensor) => tf.Tensor | tf.Tensor[], x: tf.Tensor): Program {
  return trace(fn, [x]).program!;
}

/** Runs the program before and after a pass on numbers that it was not recorded with. */
async function expectSame(before: Program, after: Program, x: tf.Tensor): Promise<void> {
  const expected = await replay(before).run([x], []);
  const got = await replay(after).run([x], []);
  for (const [i, tensor] of got.entries())
    expect(tensor).toBeAllClose(expected[i]!, { abs: 1e-7, rel: 1e-6 });
}

const x = tf.tensor2d([1, -2, 3, 4], [2, 2]);
const other = tf.tensor2d([0.3, 5, -7, 0.1], [2, 2]);

describe('each pass', () => {
  test('dead code goes', async () => {
    const before = recorded((x) => {
      tf.exp(tf.mul(x, 2));
      return tf.add(x, 1);
    }, x);
    const after = scheduled(before);
    expect(kernels(before)).toEqual(['Multiply', 'Exp', 'Add']);
    expect(kernels(after)).toEqual(['Add']);
    await expectSame(before, after, other);
  });

  test('copies, idle casts and reshapes of reshapes go', async () => {
    const before = recorded(
      (x) => tf.add(tf.reshape(tf.reshape(tf.cast(tf.clone(x), 'float32'), [4]), [1, 4]), 1),
      x,
    );
    const after = withoutAliases(before);
    expect(kernels(after)).toEqual(['Reshape', 'Add']);
    await expectSame(before, after, other);
  });

  test('what depends on constants alone is computed once', async () => {
    const before = recorded((x) => tf.mul(x, tf.exp(tf.add(tf.scalar(1), 2))), x);
    const after = withConstantsFolded(before);
    expect(kernels(before)).toEqual(['Add', 'Exp', 'Multiply']);
    expect(kernels(after)).toEqual(['Multiply']);
    await expectSame(before, after, other);
  });

  test('equal computations become one', async () => {
    const before = recorded((x) => tf.add(tf.exp(tf.mul(x, 2)), tf.exp(tf.mul(x, 2))), x);
    const after = withoutRepetition(before);
    expect(kernels(after)).toEqual(['Multiply', 'Exp', 'Add']);
    await expectSame(before, after, other);
  });

  test('so do those with equal matrices, and with no others', async () => {
    const matrix = (last: number) => tf.tensor2d([...Array<number>(199).fill(0), last], [2, 100]);
    const before = recorded(
      (x) => tf.addN([1, 1, 2].map((last) => tf.exp(tf.matMul(x, matrix(last))))),
      x,
    );
    const after = withoutRepetition(before);
    expect(kernels(after).filter((kernel) => kernel === 'Exp')).toHaveLength(2);
    await expectSame(before, after, other);
  });

  test('computations that differ in an attribute stay two', () => {
    const before = recorded((x) => tf.add(tf.sum(x, 0), tf.sum(x, 1)), x);
    expect(kernels(withoutRepetition(before))).toEqual(['Sum', 'Sum', 'Add']);
  });

  test('chains of elementwise operations with numbers become one', async () => {
    const before = recorded(
      (x) => tf.neg(tf.neg(tf.add(tf.add(tf.mul(tf.mul(tf.mul(x, 1), 2), 3), 0), 0))),
      x,
    );
    const after = withShorterArithmetic(before);
    expect(kernels(after)).toEqual(['Multiply']);
    await expectSame(before, after, other);
  });

  test('what is negated is not added but taken away', async () => {
    const before = recorded(
      (x) => tf.sub(tf.add(tf.neg(tf.exp(x)), tf.sin(x)), tf.neg(tf.add(x, tf.neg(tf.cos(x))))),
      x,
    );
    const after = scheduled(withShorterArithmetic(before));
    expect(kernels(after).filter((kernel) => kernel === 'Neg')).toEqual([]);
    await expectSame(before, after, other);
  });

  test('a sum over an axis of length 1 is a reshape', async () => {
    const before = recorded((x) => tf.add(tf.sum(tf.slice(x, [0, 0], [2, 1]), 1), 1), x);
    const after = withoutAliases(before);
    expect(kernels(after)).toEqual(['Slice', 'Reshape', 'Add']);
    await expectSame(before, after, other);
  });

  test('a tensor filled with one number is that number', async () => {
    const before = recorded((x) => tf.mul(x, tf.add(tf.zerosLike(x), tf.fill([2, 2], 3))), x);
    const after = scheduled(withShorterArithmetic(withConstantsFolded(before)));
    expect(kernels(after).filter((kernel) => kernel === 'ZerosLike')).toEqual([]);
    await expectSame(before, after, other);
  });

  test('transposes become flags of the product', async () => {
    const w = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const before = recorded((x) => tf.matMul(tf.transpose(x), tf.transpose(w)), x);
    const after = withTransposesAbsorbed(before);
    expect(kernels(before)).toEqual(['Transpose', 'Transpose', 'BatchMatMul']);
    expect(kernels(after)).toEqual(['BatchMatMul']);
    expect(after.nodes[0]!.attributes).toMatchObject({ transposeA: true, transposeB: true });
    await expectSame(before, after, other);
  });

  test('a bias becomes the third operand of the product', () => {
    const before = recorded((x) => tf.add(tf.matMul(x, x), tf.tensor1d([1, -1])), x);
    expect(kernels(withBiasesAbsorbed(before))).toEqual(['_FusedMatMul']);
  });

  test('a bias becomes the third operand of the convolution', async () => {
    const filter = tf.ones<tf.Rank.R4>([2, 2, 1, 3]);
    const layer = (x: tf.Tensor) =>
      tf.add(
        tf.conv2d(tf.reshape<tf.Rank.R4>(x, [1, 2, 2, 1]), filter, 1, 'same'),
        tf.tensor1d([1, -1, 2]),
      );
    const before = recorded(layer, x);
    const after = withBiasesAbsorbed(before);
    expect(kernels(after)).toEqual(['Reshape', 'FusedConv2D']);
    await expectSame(before, after, other);
  });

  test('numbers are computed before they are reshaped', async () => {
    const before = recorded((x) => {
      const rows = tf.reshape(tf.matMul(x, x), [1, 2, 2]);
      const active = tf.mul(tf.relu(rows), tf.neg(rows));
      return tf.add(
        tf.matMul(tf.reshape(active, [2, 2]), x),
        tf.mul(rows, tf.reshape(x, [4, 1, 1])),
      );
    }, x);
    const after = withReshapesBehind(before);
    const count = (program: Program) =>
      kernels(program).filter((name) => name === 'Reshape').length;
    expect([count(before), count(after)]).toEqual([3, 2]);
    await expectSame(before, after, other);
  });

  test('a product that is used without its bias too is left alone', () => {
    const b = tf.tensor1d([1, -1]);
    const before = recorded((x) => {
      const product = tf.matMul(x, x);
      return [tf.add(product, b), product];
    }, x);
    expect(kernels(withBiasesAbsorbed(before))).toEqual(['BatchMatMul', 'Add']);
  });
});

describe('for operators that do more', () => {
  test('the larger of the smaller is one clip', async () => {
    const before = recorded((x) => tf.minimum(tf.maximum(x, -1), 2), x);
    const after = withClipping(before);
    expect(kernels(after)).toEqual(['ClipByValue']);
    await expectSame(before, after, other);
  });

  test('the gradient of a rectifier looks at what came out of it', async () => {
    const before = recorded((x) => tf.grad((x: tf.Tensor) => tf.relu(tf.mul(x, 2)))(x), x);
    const after = withClipping(before);
    const inner = before.nodes.find(({ kernel }) => kernel === 'Multiply')!.outputs[0]!;
    const readers = ({ nodes }: Program) => nodes.filter(({ inputs }) => inputs.includes(inner));
    expect([readers(before).length, readers(after).length]).toEqual([3, 1]);
    await expectSame(before, after, other);
  });

  test('a short constant row is laid out for every row', async () => {
    const tall = tf.tile(x, [40, 1]);
    const before = recorded((x) => tf.add(tf.mul(x, tf.tensor1d([2, 3])), tf.scalar(1)), tall);
    const after = withConstantsSpread(before);
    expect(after.nodes.map(({ inputs }) => inputs[1]!.shape)).toEqual([[80, 2], []]);
    await expectSame(before, after, tf.tile(other, [40, 1]));
  });
});

describe('packed state', () => {
  /** Momentum for variables of different shapes: w <- w - 0.1 m, m <- 0.9 m + g. */
  function momentum(sizes: readonly number[]) {
    const weights = sizes.map((size) => tf.variable(tf.ones([size])));
    // The other way round: the layouts have to be brought into agreement.
    const means = [...weights]
      .reverse()
      .map((w) => tf.variable(tf.zerosLike(w)))
      .reverse();
    const count = tf.variable(tf.scalar(0));
    const step = (x: tf.Tensor) => {
      count.assign(tf.add(tf.mul(count, 0.9), 1));
      for (const [i, w] of weights.entries()) {
        const gradient = i % 2 === 0 ? tf.tile(x, [w.size]) : tf.tile(tf.exp(x), [w.size]);
        const mean = tf.add(tf.mul(means[i]!, 0.9), gradient);
        means[i]!.assign(mean);
        w.assign(tf.sub(w, tf.mul(mean, 0.1)));
      }
      return tf.sum(x);
    };
    return { weights, means, step };
  }

  test('one update serves all variables of a role', () => {
    const { step } = momentum([3, 5, 2, 7]);
    const program = trace(step, [tf.tensor1d([1])]).program!;
    const before = withoutRepetition(withShorterArithmetic(withoutAliases(scheduled(program))));
    const after = withoutRepetition(withPackedState(before));
    const updates = (program: Program) =>
      kernels(program).filter((kernel) => kernel === 'Sub').length;
    expect([updates(before), updates(after)]).toEqual([4, 1]);
    expect(after.states.map(({ variables }) => variables.length).sort()).toEqual([1, 4, 4]);
  });

  test('variables with formulas of their own are left alone', () => {
    const a = tf.variable(tf.ones([2]));
    const b = tf.variable(tf.ones([3]));
    const program = trace(() => {
      a.assign(tf.mul(a, 2));
      b.assign(tf.add(b, 2));
    }, []).program!;
    expect(withPackedState(program).states).toHaveLength(2);
    // A recording undoes what it did.
    expect(valuesOf(a)).toEqual([1, 1]);
  });
});
