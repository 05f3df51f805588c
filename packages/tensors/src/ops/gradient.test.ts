import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { detach, untracked, withGradient, withoutGradient } from './gradient.js';

onEachEngine(() => {
  it('withGradient uses the gradient given, at any order', () => {
    const f = (x: tf.Tensor) =>
      withGradient(x, tf.square, (dy, x) => tf.mul(dy, tf.mul(x, tf.square(x))));
    const slope = tf.grad((x) => tf.sum(f(x)));
    const x = tf.tensor1d([2, -3]);
    expect(f(x)).toBeAllClose([4, 9], {});
    expect(slope(x)).toBeAllClose([8, -27], {});
    expect(tf.grad((x) => tf.sum(slope(x)))(x)).toBeAllClose([12, 27], {});
  });

  it('withoutGradient may compare, and has gradient zero', () => {
    const f = (x: tf.Tensor) =>
      tf.mul(
        withoutGradient(x, (x) => tf.cast(tf.less(x, 1), 'float32')),
        tf.square(x),
      );
    const slope = tf.grad((x) => tf.sum(f(x)));
    const x = tf.tensor1d([0.5, 1, 2]);
    expect(f(x)).toBeAllClose([0.25, 0, 0], {});
    expect(slope(x)).toBeAllClose([1, 0, 0], {});
    expect(tf.grad((x) => tf.sum(slope(x)))(x)).toBeAllClose([2, 0, 0], {});
  });

  it('untracked counts as a constant', () => {
    const f = (x: tf.Tensor) =>
      tf.mul(
        untracked(() => tf.cast(tf.less(x, 1), 'float32')),
        x,
      );
    const x = tf.tensor1d([0.5, 2]);
    expect(tf.grad((x) => tf.sum(f(x)))(x)).toBeAllClose([1, 0], {});
    expect(() => tf.grad((x) => untracked(() => tf.sum(x)))(x)).toThrow(/Cannot compute gradient/);
  });

  it('detach keeps values and stops the gradient', () => {
    const x = tf.tensor1d([3, -2]);
    expect(detach(x)).toBeAllClose([3, -2], {});
    expect(tf.grad((x) => tf.sum(tf.mul(x, detach(x))))(x)).toBeAllClose([3, -2], {});
    expect(tf.grad((x) => tf.sum(detach(x)))(x)).toBeAllClose([0, 0], {});
  });

  it('leaves no tensor behind, differentiated or not', () => {
    const x = tf.tensor1d([3, -2]);
    expectNoLeak(() => detach(x));
    expectNoLeak(() => untracked(() => tf.less(tf.square(x), 1)));
    expectNoLeak(() => tf.grad((x) => tf.sum(tf.mul(x, detach(x))))(x));
  });
});
