/** What is taken for an update, and what is left to the runtime. */
import { Key, type Tensor } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { trace } from '../record/trace.js';
import { packed, simplify } from './simplify.js';
import { withUpdatesApart } from './updates.js';

const SHAPE = [5, 3];
const variable = () => tf.variable(Key.from(1).normal(SHAPE));

/** The updates of a step, and the kernels and the number of results that are left. */
function parted(step: (x: Tensor) => unknown) {
  const { program } = trace(
    (x: Tensor) => {
      step(x);
      return tf.sum(x);
    },
    [Key.from(2).normal(SHAPE)],
  );
  const { rest, updates } = withUpdatesApart(packed(simplify(program!)));
  return {
    updates: updates.map(({ states, nodes, operands }) => ({
      states: states.length,
      kernels: nodes.map(({ kernel }) => kernel).sort(),
      operands: operands.length,
    })),
    kernels: rest.nodes.map(({ kernel }) => kernel).sort(),
    written: rest.states.filter(({ written }) => written !== undefined).length,
    read: rest.states.filter(({ read }) => read !== undefined).length,
    handed: rest.results.length - 1,
  };
}

test('momentum is one update, handed the gradient alone', () => {
  const [w, m] = [variable(), variable()];
  const found = parted((x) => {
    const gradient = tf.matMul(x, tf.ones([3, 3]));
    m.assign(tf.add(tf.mul(m, 0.9), gradient));
    w.assign(tf.sub(w, tf.mul(m, 0.1)));
  });
  const kernels = ['Add', 'Multiply', 'Multiply', 'Sub'];
  expect(found.updates).toEqual([{ states: 2, kernels, operands: 1 }]);
  expect(found).toMatchObject({ written: 0, read: 0, handed: 1 });
  expect(found.kernels).toEqual(['BatchMatMul', 'Sum']);
});

test('states that have nothing to do with one another are updated apart', () => {
  const [v, w] = [variable(), tf.variable(tf.ones([4]))];
  const { updates } = parted(() => {
    v.assign(tf.mul(v, 2));
    w.assign(tf.sqrt(w));
  });
  expect(updates.map(({ kernels }) => kernels)).toEqual([['Multiply'], ['Sqrt']]);
});

test('states that read one another are one update, handed nothing', () => {
  const [v, w] = [variable(), variable()];
  const { updates } = parted(() => {
    const before = tf.clone(v);
    v.assign(tf.mul(w, 2));
    w.assign(tf.sqrt(before));
  });
  expect(updates).toEqual([{ states: 2, kernels: ['Multiply', 'Sqrt'], operands: 0 }]);
});

test('weights are read by the rest, and numbers that it computes are handed over', () => {
  const w = variable();
  const found = parted((x) => {
    const norm = tf.sum(tf.square(tf.sub(x, w)));
    w.assign(tf.div(w, norm));
  });
  expect(found.updates).toEqual([{ states: 1, kernels: ['RealDiv'], operands: 1 }]);
  expect(found).toMatchObject({ written: 0, read: 1, handed: 1 });
});

test('of gradients that are added up, or masked, what comes of it is handed over', () => {
  const [w, mask] = [variable(), variable()];
  const found = parted((x) => {
    const gradient = tf.mul(mask, tf.add(tf.matMul(x, tf.ones([3, 3])), tf.exp(x)));
    w.assign(tf.sub(w, tf.mul(gradient, 0.1)));
  });
  expect(found.updates).toEqual([{ states: 1, kernels: ['Multiply', 'Sub'], operands: 1 }]);
  expect(found.kernels).toContain('Add');
});

test('what a program returns, reads on, or does otherwise is left to the runtime', () => {
  const [w, v, u] = [variable(), variable(), variable()];
  const { program } = trace(
    (x: Tensor) => {
      w.assign(tf.mul(w, 2));
      v.assign(tf.mul(v, 3));
      u.assign(tf.exp(tf.mul(u, x)));
      return [tf.clone(w), tf.sum(v)];
    },
    [tf.ones(SHAPE)],
  );
  expect(withUpdatesApart(packed(simplify(program!))).updates).toEqual([]);
});

test('single numbers, integers and what takes a row for every row are left to the runtime', () => {
  const [w, v, row] = [variable(), variable(), tf.variable(tf.ones([3]))];
  const [rate, counts] = [tf.variable(tf.scalar(0.1)), tf.variable(tf.zeros([4], 'int32'))];
  const { updates, written } = parted(() => {
    w.assign(tf.sub(w, rate));
    rate.assign(tf.mul(rate, 0.5));
    counts.assign(tf.add(counts, tf.ones([4], 'int32')));
    v.assign(tf.div(v, row));
  });
  expect(updates).toEqual([{ states: 1, kernels: ['Sub'], operands: 1 }]);
  expect(written).toBe(3);
});
