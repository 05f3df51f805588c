/** What runs of a graph would show by chance only: which operation waits for which. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test, vi } from 'vitest';
import { trace } from '../record/trace.js';
import { TensorFlowGraph } from './graph.js';
import { lower } from './lower.js';

/** The operations of the graph of a function: what each is, what it gives and what it waits for. */
function operationsOf(fn: (x: tf.Tensor) => tf.Tensor | undefined) {
  const emit = vi.spyOn(TensorFlowGraph.prototype, 'emit');
  lower(trace(fn, [tf.scalar(1)]).program!);
  return emit.mock.calls.map(([op, , emission], i) => ({
    op,
    output: emit.mock.results[i]!.value as unknown,
    after: emission?.after ?? [],
    name: emission?.name,
  }));
}

afterEach(() => {
  vi.restoreAllMocks();
});

test('a call assigns variables when they are read and all is computed, and is done when it has', () => {
  const v = tf.variable(tf.scalar(1));
  const operations = operationsOf((x) => {
    const old = tf.mul(v, 2);
    v.assign(x as tf.Scalar);
    return old;
  });
  const read = operations.find(({ op }) => op === 'ReadVariableOp')!;
  const assignments = operations.filter(({ op }) => op === 'AssignVariableOp');
  const done = operations.find(({ name }) => name === 'done')!;
  // The other one is made between calls.
  const [waiting] = assignments.filter(({ after }) => after.length > 0);
  expect(assignments).toHaveLength(2);
  const [result, ready] = [
    operations.find(({ name }) => name === 'result0')!,
    operations.find(({ op }) => op === 'NoOp')!,
  ];
  expect(waiting!.after).toEqual([read.output, ready.output]);
  expect(ready.after).toContain(result.output);
  expect(done.after).toEqual([waiting!.output]);
});

test('what is fed is copied where variables are assigned, and only there', () => {
  const v = tf.variable(tf.scalar(1));
  const copies = (fn: (x: tf.Tensor) => tf.Tensor | undefined) =>
    operationsOf(fn).filter(({ op }) => op === 'DeepCopy').length;
  expect(copies((x) => tf.add(x, v))).toBe(0);
  vi.restoreAllMocks();
  // What a call is fed, and what the variable is given between calls.
  const assigning = (x: tf.Tensor) => {
    v.assign(x as tf.Scalar);
    return undefined;
  };
  expect(copies(assigning)).toBe(2);
});
