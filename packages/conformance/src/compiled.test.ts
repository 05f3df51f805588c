/** Compiled equals eager: values, gradients, draws and a hundred training steps of every row of the table. */
import { type Compiled, type CompileOptions, compile } from '@pushforward/compile';
import { Key, type Module, type Tensor, useEngine } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import { Adam } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { contextOf, pointsOf, scatter } from './rows.js';
import { flows, maps } from './table.js';

beforeAll(() => useEngine('wasm'));

const onnx: CompileOptions = { target: 'onnx' };
const exact: CompileOptions = { target: 'onnx', precision: 'float64' };

/** The largest difference, as a part of the largest number expected. */
function difference(got: Tensor, expected: Tensor): number {
  const largest = (x: Tensor) => Math.max(0, ...valuesOf(tf.tidy(() => tf.abs(x))));
  const off = largest(tf.tidy(() => tf.sub(got, expected)));
  return off === 0 ? 0 : off / largest(expected);
}

/** Expects numbers within 1e-4 of the engine's. */
function expectSame(got: Tensor[], eager: Tensor[]): void {
  expect(got.map(({ shape }) => shape)).toEqual(eager.map(({ shape }) => shape));
  for (const [i, tensor] of got.entries()) expect(difference(tensor, eager[i]!)).toBeLessThan(1e-4);
}

/** Expects numbers that are no further from those of double precision than a few times the engine's are. */
function expectRounded(got: Tensor[], eager: Tensor[], exact: Tensor[]): void {
  for (const [i, tensor] of got.entries()) {
    const allowed = Math.max(1e-5, 4 * difference(eager[i]!, exact[i]!));
    expect(difference(tensor, exact[i]!)).toBeLessThan(allowed);
  }
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

const rowsOf = <Row extends { readonly name: string }>(rows: readonly Row[]) =>
  rows.map((row) => [row.name, row] as const);

describe.each(rowsOf(maps))('%s', (_, row) => {
  it.each(['forwardAndLogDet', 'inverseAndLogDet'] as const)('%s', async (direction) => {
    const map = row.build(Key.from(1));
    const fn = withGradients(map, (x, context) => map[direction](x, context));
    const [compiled, inDoubles] = [compile(fn, onnx), compile(fn, exact)];
    const points = pointsOf(row, Key.from(2), 16);
    const context = contextOf(map, Key.from(3), 16);
    const x = direction === 'forwardAndLogDet' ? points : map.forward(points, context);
    const [got, eager] = [await compiled(x, context), fn(x, context)];
    // Gradients of inverses take up rounding: in float32 the engine itself can be 1e-4 away from them.
    expect(got.map(({ shape }) => shape)).toEqual(eager.map(({ shape }) => shape));
    expectRounded(got, eager, await inDoubles(x, context));

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
  });
});

describe.each(rowsOf(flows))('%s', (_, { build }) => {
  it('comes to the same weights in a hundred steps', async () => {
    const train = () => {
      const law = build(Key.from(4), 2);
      const parameters = law.parameters();
      const adam = new Adam(parameters);
      const step = (x: Tensor) =>
        tf.tidy(() => {
          const loss = () => law.loss({ x }, Key.from(0)) as tf.Scalar;
          const { value, grads } = tf.variableGrads(loss, parameters);
          adam.update(
            parameters.map(({ name }) => grads[name]),
            1e-3,
          );
          return value;
        });
      return { parameters, step };
    };
    const [eager, recorded] = [train(), train()];
    const step = compile(recorded.step, onnx);
    for (let i = 0; i < 100; i++) {
      const x = Key.from(100 + i).normal([32, 2]);
      const [loss, compiledLoss] = [eager.step(x), await step(x)];
      expect(difference(compiledLoss, loss)).toBeLessThan(1e-4);
      tf.dispose([loss, compiledLoss, x]);
    }
    for (const [i, weight] of recorded.parameters.entries())
      expect(difference(weight, eager.parameters[i]!)).toBeLessThan(1e-4);
    step.dispose();
  });

  it.each([0, 2])(
    'draws the same numbers from the same key, with %d numbers of context',
    async (contextSize) => {
      const law = scatter(build(Key.from(5), 2, contextSize), Key.from(6), 0.2);
      const context = contextSize === 0 ? undefined : Key.from(7).normal([3, contextSize]);
      const draws = (key: Key, context?: Tensor) => law.sampleAndLogProb(key, [10], context);
      const draw: Compiled<[Key, Tensor?], Tensor[]> = compile(draws, onnx);
      await draw(Key.from(8), context);
      expectSame(await draw(Key.from(9), context), draws(Key.from(9), context));
      draw.dispose();
    },
  );
});
