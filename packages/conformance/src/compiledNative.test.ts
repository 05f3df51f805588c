/** TensorFlow graphs equal the engine operation by operation: every row of the table, with its gradients. */
import { type CompileOptions, compile } from '@pushforward/compile';
import { Key, type Tensor } from '@pushforward/tensors';
import { onTensorFlow } from '@pushforward/testing';
import { Adam } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { contextOf, type FlowRow, type MapRow, pointsOf } from './rows.js';
import { flows, maps } from './table.js';

const native: CompileOptions = { target: 'tensorflow' };
const named = <Row extends { readonly name: string }>(rows: readonly Row[]) =>
  rows.map((row) => [row.name, row] as const);

/** What is summed up and rounded in another order differs by a part of the largest number. */
function expectSame(got: Tensor, expected: Tensor): void {
  const abs = tf.tidy(() => 1e-4 * tf.max(tf.abs(expected)).dataSync()[0]!);
  expect(got).toBeAllClose(expected, { abs });
}

async function expectSameMap(row: MapRow): Promise<void> {
  const map = row.build(Key.from(1));
  const weights = map.parameters();
  const all = (x: Tensor, context?: Tensor): Tensor[] => {
    const total = (x: Tensor) =>
      tf.addN<tf.Scalar>(map.forwardAndLogDet(x, context).map((y) => tf.sum(tf.sin(y))));
    const byWeight = weights.length === 0 ? {} : tf.variableGrads(() => total(x), weights).grads;
    return [...map.forwardAndLogDet(x, context), tf.grad(total)(x), ...Object.values(byWeight)];
  };
  const args = [pointsOf(row, Key.from(2), 16), contextOf(map, Key.from(3), 16)] as const;
  const compiled = compile(all, native);
  const got = await compiled(...args);
  for (const [i, expected] of all(...args).entries()) expectSame(got[i]!, expected);
  compiled.dispose();
}

async function expectSameTraining({ build }: FlowRow): Promise<void> {
  const train = () => {
    const law = build(Key.from(4), 2);
    const parameters = law.parameters();
    const adam = new Adam(parameters);
    const step = (x: Tensor) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => law.loss({ x }, Key.from(0)) as tf.Scalar,
          parameters,
        );
        const gradients = parameters.map(({ name }) => grads[name]);
        adam.update(gradients, 1e-3);
        return value;
      });
    return { parameters, step };
  };
  const [eager, recorded] = [train(), train()];
  const step = compile(recorded.step, native);
  for (let i = 0; i < 20; i++) {
    const x = Key.from(100 + i).normal([32, 2]);
    expectSame(await step(x), eager.step(x));
  }
  for (const [i, weight] of recorded.parameters.entries()) expectSame(weight, eager.parameters[i]!);
  step.dispose();
}

onTensorFlow(() => {
  it.each(named(maps))('%s', (_, row) => expectSameMap(row));
  it.each(named(flows))('%s comes to the same weights', (_, row) => expectSameTraining(row));
});
