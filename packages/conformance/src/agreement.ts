/** What compiled programs of the rows are compared with, and how close they must come. */
import { type CompileOptions, compile } from '@pushforward/compile';
import { Key, type Module, type Tensor } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { contextOf, type FlowRow, type MapRow, pointsOf, rowsOf, scatter } from './rows.js';
import { flows, maps } from './table.js';
import { difference, LEARNING_RATE, trainingOf } from './training.js';

/** The same recorded operations in double precision: the referee where roundings differ. */
const exactly: CompileOptions = { target: 'onnx', precision: 'float64' };

const STEPS = 100;

/** What numbers may differ by, as a part of them. */
const RELATIVE = 1e-4;

/** The same part of one step of Adam: a weight that crosses zero is smaller than its steps. */
const FLOOR = RELATIVE * LEARNING_RATE;

/** The part of the weights that roundings may take elsewhere; 1 in 100 is measured where it is largest. */
const UNDECIDED = 1 / 50;

/** Compiled equals eager: values, gradients, draws and a hundred training steps of every row of the table. */
export function describeCompiled(options: CompileOptions): void {
  describe.each(rowsOf(maps))('%s', (_, row) => {
    it.each(['forwardAndLogDet', 'inverseAndLogDet'] as const)('%s', (direction) =>
      expectSameMap(row, direction, options),
    );
  });
  describe.each(rowsOf(flows))('%s', (_, row) => {
    it('comes to the same weights in a hundred steps', () => expectSameTraining(row, options));
    it.each([0, 2])(
      'draws the same numbers from the same key, with %d numbers of context',
      (contextSize) => expectSameDraws(row, contextSize, options),
    );
  });
}

function expectSame(got: readonly Tensor[], eager: readonly Tensor[]): void {
  expect(got.map(({ shape }) => shape)).toEqual(eager.map(({ shape }) => shape));
  for (const [i, tensor] of got.entries())
    expect(difference(tensor, eager[i]!)).toBeLessThan(RELATIVE);
}

/**
 * Expects numbers that are no further from those of double precision than a few times the engine's are, or than those are
 * from themselves where the last digit of the arguments is another.
 */
function expectRounded(
  got: readonly Tensor[],
  eager: readonly Tensor[],
  exact: readonly Tensor[],
  nearby: readonly Tensor[],
): void {
  expect(got.map(({ shape }) => shape)).toEqual(eager.map(({ shape }) => shape));
  for (const [i, tensor] of got.entries()) {
    const roundings = [eager, nearby].map((other) => difference(other[i]!, exact[i]!));
    expect(difference(tensor, exact[i]!)).toBeLessThan(Math.max(1e-5, 4 * Math.max(...roundings)));
  }
}

/** Every other number one place further from zero. */
function nudged(x: Tensor): Tensor {
  const isEven = tf.reshape(tf.mod(tf.range(0, x.size), 2), x.shape);
  return tf.mul(x, tf.add(1, tf.mul(2 ** -23, isEven)));
}

type Fn = (x: Tensor, context?: Tensor) => Tensor[];

/** A value, and its gradients by the arguments and by every weight. */
function withGradients(module: Module, value: Fn): Fn {
  return (...args) => {
    const given = args.filter((arg) => arg !== undefined);
    const total = (...args: Tensor[]) =>
      tf.addN<tf.Scalar>(value(...(args as Parameters<Fn>)).map((y) => tf.sum(tf.sin(y))));
    const weights = module.parameters();
    const byWeight =
      weights.length === 0 ? {} : tf.variableGrads(() => total(...given), weights).grads;
    return [...value(...args), ...tf.grads(total)(given), ...Object.values(byWeight)];
  };
}

async function expectSameMap(
  row: MapRow,
  direction: 'forwardAndLogDet' | 'inverseAndLogDet',
  options: CompileOptions,
): Promise<void> {
  const map = row.build(Key.from(1));
  const fn = withGradients(map, (x, context) => map[direction](x, context));
  const [compiled, inDoubles] = [compile(fn, options), compile(fn, exactly)];
  const points = pointsOf(row, Key.from(2), 16);
  const context = contextOf(map, Key.from(3), 16);
  const x = direction === 'forwardAndLogDet' ? points : map.forward(points, context);
  // Gradients of inverses take up rounding: in float32 the engine itself can be 1e-4 away from them.
  expectRounded(
    await compiled(x, context),
    fn(x, context),
    await inDoubles(x, context),
    await inDoubles(nudged(x), context),
  );

  // One program for each shape: a batch of batches, and a single vector.
  if (direction === 'forwardAndLogDet')
    for (const shaped of [
      (t: Tensor) => tf.reshape(t, [2, 8, -1]),
      (t: Tensor) => tf.reshape(tf.slice(t, [3], [1]), [-1]),
    ]) {
      const args = [shaped(x), context && shaped(context)] as const;
      expectSame(await compiled(...args), fn(...args));
    }
  compiled.dispose();
  inDoubles.dispose();
}

async function expectSameTraining(row: FlowRow, options: CompileOptions): Promise<void> {
  const [eager, recorded, doubles] = [trainingOf(row), trainingOf(row), trainingOf(row)];
  const step = compile(recorded.step, options);
  const inDoubles = compile(doubles.step, exactly);
  for (let i = 0; i < STEPS; i++) {
    const x = Key.from(100 + i).normal([32, 2]);
    const losses = [eager.step(x), await step(x), await inDoubles(x)] as const;
    expect(difference(losses[1], losses[0])).toBeLessThan(RELATIVE);
    tf.dispose([...losses, x]);
  }
  expectSameWeights(recorded.parameters, eager.parameters, doubles.parameters);
  step.dispose();
  inDoubles.dispose();
}

/**
 * Expects every weight within 1e-4 of the engine's, each by itself.
 *
 * Adam divides a gradient by its own size, so where one passes through zero its rounding decides which way a whole step
 * goes: no order of summation agrees with another there. These weights are few, and about them double precision decides,
 * the two being of its numbers no further than a few times the engine's own roundings take one of the model's weights: a
 * tensor of two numbers may be lucky.
 */
function expectSameWeights(
  got: readonly Tensor[],
  eager: readonly Tensor[],
  exact: readonly Tensor[],
): void {
  let [undecided, count] = [0, 0];
  const weights = got.map(
    (tensor, i) =>
      [tensor, eager[i]!, exact[i]!].map((weight) => valuesOf(weight)) as [
        number[],
        number[],
        number[],
      ],
  );
  const rounding = Math.max(
    ...weights.flatMap(([, others, truths]) =>
      others.map((other, j) => Math.abs(other - truths[j]!)),
    ),
  );
  for (const [i, [numbers, others, truths]] of weights.entries()) {
    for (const [j, number] of numbers.entries()) {
      count++;
      const other = others[j]!;
      if (Math.abs(number - other) <= RELATIVE * Math.abs(other) + FLOOR) continue;
      undecided++;
      const truth = truths[j]!;
      expect(
        Math.abs(number - truth),
        `weight ${i}, entry ${j}: ${number} compiled, ${other} eager, ${truth} in double precision`,
      ).toBeLessThanOrEqual(RELATIVE * Math.abs(truth) + FLOOR + 4 * rounding);
    }
  }
  expect(undecided / count).toBeLessThanOrEqual(UNDECIDED);
}

async function expectSameDraws(
  { build }: FlowRow,
  contextSize: number,
  options: CompileOptions,
): Promise<void> {
  const law = scatter(build(Key.from(5), 2, contextSize), Key.from(6), 0.2);
  const context = contextSize === 0 ? undefined : Key.from(7).normal([3, contextSize]);
  const draws = (key: Key, context?: Tensor) => law.sampleAndLogProb(key, [10], context);
  const draw = compile(draws, options);
  await draw(Key.from(8), context);
  expectSame(await draw(Key.from(9), context), draws(Key.from(9), context));
  draw.dispose();
}
