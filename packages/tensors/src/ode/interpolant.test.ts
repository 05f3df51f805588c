import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { interpolant } from './interpolant.js';

onEachEngine(() => {
  describe.each([
    ['equal intervals', [1, 1.5, 2, 2.5]],
    ['others', [1, 1.25, 2, 2.5]],
  ])('over %s', (_, times) => {
    const numbers = [3, -1, 4, 8];
    const linear = (t: number) => {
      const next = Math.min(
        Math.max(
          1,
          times.findIndex((knot) => knot > t),
        ),
        3,
      );
      const share = (t - times[next - 1]!) / (times[next]! - times[next - 1]!);
      return numbers[next - 1]! + share * (numbers[next]! - numbers[next - 1]!);
    };
    const inside = [1, 1.1, 1.3, 1.7, 2, 2.2];

    it('lines go through the samples and stay level outside', () => {
      tf.tidy(() => {
        const f = interpolant(times, tf.tensor1d(numbers));
        expect(f(tf.tensor1d(inside))).toBeAllClose(inside.map(linear), { abs: 1e-5 });
        expect(f(tf.tensor1d([-9, 2.5, 99]))).toBeAllClose([3, 8, 8], { abs: 1e-6 });
        expect(f(tf.scalar(1.1)).shape).toEqual([]);
      });
    });

    it('values are held until the next time', () => {
      tf.tidy(() => {
        const f = interpolant(times, tf.tensor1d(numbers), 'constant');
        const at = [0, 1, 1.2, times[1]!, 1.99, 2, 2.4, 2.5, 7];
        expect(f(tf.tensor1d(at))).toBeAllClose([3, 3, 3, -1, -1, 4, 4, 8, 8], { abs: 0 });
      });
    });

    it('samples may be tensors, one for each of a batch', () => {
      tf.tidy(() => {
        const values = tf.stack(
          numbers.map((x) =>
            tf.tensor2d([
              [x, 0],
              [2 * x, 1],
              [-x, 2],
            ]),
          ),
        );
        const at = interpolant(times, values)(tf.scalar(1.1));
        const x = linear(1.1);
        expect(at).toBeAllClose(
          [
            [x, 0],
            [2 * x, 1],
            [-x, 2],
          ],
          { abs: 1e-5 },
        );
        expect(interpolant(times, values)(tf.ones([5, 1])).shape).toEqual([5, 1, 3, 2]);
      });
    });

    it('slopes are those of the lines', () => {
      tf.tidy(() => {
        const f = interpolant(times, tf.tensor1d(numbers));
        const slope = tf.grad((t: tf.Tensor) => tf.sum(f(t)))(tf.tensor1d([1.1, 2.2, 5]));
        const rise = (numbers[1]! - numbers[0]!) / (times[1]! - times[0]!);
        expect(slope).toBeAllClose([rise, 8, 0], { abs: 1e-4 });
      });
    });

    it('leaves no tensor behind', () => {
      const values = tf.tensor1d(numbers);
      const t = tf.tensor1d(inside);
      expectNoLeak(() => interpolant(times, values)(t));
    });
  });

  it('a thousand times a thousandth apart are told from each other', () => {
    tf.tidy(() => {
      const times = Array.from({ length: 20_001 }, (_, k) => k / 1000);
      const held = interpolant(times, tf.range(0, 20_001), 'constant');
      expect(held(tf.tensor1d(times))).toBeAllClose(tf.range(0, 20_001), { abs: 0 });
    });
  });
});

it('refuses times out of order and values that do not fit', () => {
  expect(() => interpolant([0, 0], tf.zeros([2]))).toThrow('finite numbers that increase');
  expect(() => interpolant([0], tf.zeros([1]))).toThrow('two or more');
  expect(() => interpolant([0, 1], tf.zeros([3]))).toThrow(
    'want values of shape [2, ...], got [3]',
  );
});
