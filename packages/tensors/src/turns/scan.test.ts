import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { ShapeError } from '../errors.js';
import type { Tensor } from '../types.js';
import { type CarryingTurn, scan } from './scan.js';

/** x <- a_k x + b_k, and the product of all a. */
const turn: CarryingTurn = ([x, product], [a, b]) => {
  const next = tf.add(tf.mul(a!, x!), b!);
  return [[next, tf.mul(product!, a!)], [next]];
};
const [a, b, start] = [[0.5, -2, 3], [1, 0.5, -1], 2];
const path = [2, -3.5, -11.5];

onEachEngine(() => {
  const over = () => [tf.tensor1d(a), tf.tensor1d(b)];

  it('hands on, and puts what was made beside each other', () => {
    const [[last, product], [made]] = scan(turn, [tf.scalar(start), tf.scalar(1)], over());
    expect(last).toBeAllClose(tf.scalar(path.at(-1)!), { abs: 1e-6 });
    expect(product).toBeAllClose(tf.scalar(-3), { abs: 1e-6 });
    expect(made).toBeAllClose(tf.tensor1d(path), { abs: 1e-6 });
  });

  it('can be differentiated, turn by turn', () => {
    const last = (x: Tensor) => scan(turn, [x, tf.scalar(1)], over())[0][0]!;
    const square = (x: Tensor) => tf.square(last(x));
    expect(tf.grad(square)(tf.scalar(start))).toBeAllClose(tf.scalar(2 * path.at(-1)! * -3), {
      abs: 1e-4,
    });
  });

  it('leaves no tensor behind', () => {
    const [x, one, ...stacks] = [tf.scalar(start), tf.scalar(1), ...over()];
    expectNoLeak(() => {
      tf.dispose(scan(turn, [x, one], stacks));
    });
  });

  it('refuses what there is nothing to take turns over', () => {
    expect(() => scan(turn, [], [])).toThrow(ShapeError);
    expect(() => scan(turn, [], [tf.zeros([3]), tf.zeros([2])])).toThrow('[3], [2]');
  });
});
