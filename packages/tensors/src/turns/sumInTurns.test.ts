import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { exp } from '../ops/elementary.js';
import type { Tensor } from '../types.js';
import { sumInTurns, type Turn } from './sumInTurns.js';

/** sum_k k e^(k a), and its m-th derivative sum_k k^(m + 1) e^(k a). */
const turn: Turn = ([k], a) => [tf.mul(k!, exp(tf.mul(k!, a)))];
const derivative = (count: number, a: number, order: number) =>
  Array.from({ length: count }, (_, i) => i + 1).reduce(
    (sum, k) => sum + k ** (order + 1) * Math.exp(k * a),
    0,
  );

onEachEngine(() => {
  describe.each([1, 2, 7])('%d turns', (count) => {
    const at = [0.3, -0.4];
    const sum = (a: Tensor) => sumInTurns(turn, [tf.range(1, count + 1)], [a])[0]!;
    const summed = (f: (a: Tensor) => Tensor) => (a: Tensor) => tf.sum(f(a));

    it('are added up, with derivatives of every order', () => {
      tf.tidy(() => {
        const first = tf.grad(summed(sum));
        const second = tf.grad(summed(first));
        const third = tf.grad(summed(second));
        for (const [order, f] of [sum, first, second, third].entries())
          expect(f(tf.tensor1d(at))).toBeAllClose(
            at.map((a) => derivative(count, a, order)),
            { rel: 1e-5 },
          );
      });
    });

    it('leave no tensor behind', () => {
      const a = tf.tensor1d(at);
      expectNoLeak(() => tf.tidy(() => sum(a)));
      expectNoLeak(() => tf.tidy(() => tf.grad(summed(tf.grad(summed(sum))))(a)));
      a.dispose();
    });
  });

  it('several sums have shapes of their own, and each its gradient', () => {
    tf.tidy(() => {
      const [rows, factors] = [tf.range(0, 12).reshape([3, 2, 2]), tf.tensor1d([1, 2, 3])];
      const both = (w: Tensor) =>
        sumInTurns(
          ([row, factor], w) => [tf.matMul(row!, w), tf.mul(factor!, tf.sum(tf.square(w)))],
          [rows, factors],
          [w],
        ) as [Tensor, Tensor];
      const w = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const [product, square] = both(w);
      expect(product).toBeAllClose(tf.matMul<tf.Tensor2D>(tf.sum(rows, 0), w), { rel: 1e-6 });
      expect(square.shape).toEqual([]);
      expect(square).toBeAllClose(6 * 30, { rel: 1e-6 });
      expect(tf.grad((w: Tensor) => both(w)[1])(w)).toBeAllClose(tf.mul(12, w), { rel: 1e-6 });
      expect(tf.grad((w: Tensor) => tf.sum(both(w)[0]))(w)).toBeAllClose(
        tf.tile(tf.reshape(tf.sum(rows, [0, 1]), [2, 1]), [1, 2]),
        { rel: 1e-6 },
      );
    });
  });

  it('second derivatives take no more memory for more turns', () => {
    const peak = (turns: number) => {
      let largest = 0;
      const before = tf.memory().numBytes;
      const over = tf.zeros([turns]);
      const sum = (a: Tensor) =>
        tf.sum(
          sumInTurns(
            (slices, a) => {
              const sums = turn(slices, a);
              largest = Math.max(largest, tf.memory().numBytes);
              return sums;
            },
            [over],
            [a],
          )[0]!,
        );
      tf.tidy(() => tf.grad((a: Tensor) => tf.sum(tf.grad(sum)(a)))(tf.zeros([1000])));
      over.dispose();
      return largest - before;
    };
    // What turns are taken over: itself, and as each of two derivatives holds it.
    expect(peak(200) - peak(20)).toBe(3 * 4 * 180);
  });

  it('there must be something to take turns over', () => {
    const message = 'has a first axis of the same length, at least 1, got shapes';
    expect(() => sumInTurns(turn, [])).toThrow(message);
    expect(() => sumInTurns(turn, [tf.scalar(1)])).toThrow(message);
    expect(() => sumInTurns(turn, [tf.ones([2]), tf.ones([3])])).toThrow(`${message} [2], [3]`);
  });
});
