import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { Tensor } from '../types.js';
import { safeWhere, searchBins } from './select.js';

const root = (x: Tensor) =>
  safeWhere(x, { when: (x) => tf.greater(x, 0), use: tf.sqrt, otherwise: 0, standIn: 1 });

onEachEngine(() => {
  it('safeWhere keeps NaN and infinity of the other branch out of all derivatives', () => {
    const x = tf.tensor1d([-4, 0, 4, -Infinity]);
    const slope = tf.grad((x) => tf.sum(root(x)));
    expect(root(x)).toBeAllClose([0, 0, 2, 0], {});
    expect(slope(x)).toBeAllClose([0, 0, 0.25, 0], {});
    expect(tf.grad((x) => tf.sum(slope(x)))(x)).toBeAllClose([0, 0, -1 / 32, 0], {});
  });

  it('safeWhere differentiates both branches, any number of times', () => {
    const f = (x: Tensor) =>
      safeWhere(x, {
        when: (x) => tf.less(x, 1),
        use: (x) => tf.square(x),
        otherwise: tf.mul(x, tf.square(x)),
        standIn: 0,
      });
    const derivative = (f: (x: Tensor) => Tensor) => (x: Tensor) => tf.grad((x) => tf.sum(f(x)))(x);
    const x = tf.tensor1d([-3, 0.5, 1, 5]);
    expect(f(x)).toBeAllClose([9, 0.25, 1, 125], {});
    expect(derivative(f)(x)).toBeAllClose([-6, 1, 3, 75], {});
    expect(derivative(derivative(f))(x)).toBeAllClose([2, 2, 6, 30], {});
    expect(derivative(derivative(derivative(f)))(x)).toBeAllClose([0, 0, 6, 6], {});
  });

  it('searchBins puts a value on a knot into the bin that starts there', () => {
    const knots = tf.tensor1d([-1, 0, 0.5, 2]);
    const x = tf.tensor1d([-9, -1, -0.1, 0, 0.4999, 0.5, 1.9, 2, 9, -Infinity, Infinity]);
    const bins = searchBins(x, knots);
    expect(bins.dtype).toBe('int32');
    expect(bins).toBeAllClose([0, 0, 0, 1, 1, 2, 2, 2, 2, 0, 2], {});
  });

  it('searchBins takes knots per value', () => {
    const knots = tf.tensor3d([[[0, 1, 2]], [[0, 3, 4]]]);
    expect(searchBins(tf.tensor2d([[1.5], [1.5]]), knots)).toBeAllClose([[1], [0]], {});
    expect(searchBins(tf.tensor2d([[1.5]]), tf.tensor1d([0, 9]))).toBeAllClose([[0]], {});
  });

  it('searchBins selects by a mask, with gradients for values and points', () => {
    const knots = tf.tensor1d([0, 1, 2]);
    const pick = (x: Tensor, slopes: Tensor) =>
      tf.mul(x, tf.sum(tf.mul(tf.oneHot(searchBins(x, knots), 2), slopes), -1));
    const [dx, dSlopes] = tf.grads((x, slopes) => tf.sum(pick(x, slopes)))([
      tf.tensor1d([0.25, 1.5]),
      tf.tensor1d([10, 20]),
    ]);
    expect(dx!).toBeAllClose([10, 20], {});
    expect(dSlopes!).toBeAllClose([0.25, 1.5], {});
  });

  it('leave no tensor behind', () => {
    const x = tf.tensor1d([-4, 4]);
    const knots = tf.tensor1d([0, 1, 2]);
    expectNoLeak(() => root(x));
    expectNoLeak(() => searchBins(x, knots));
    expectNoLeak(() => tf.tidy(() => tf.grad((x) => tf.sum(root(x)))(x)));
  });
});
