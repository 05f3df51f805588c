import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { exp, sigmoid } from '../ops/elementary.js';
import type { Tensor } from '../types.js';
import { increasingRoot } from './increasingRoot.js';

type Value = [Tensor, Tensor];

/** a x + e^x. */
const f = (x: Tensor, a?: Tensor): Value => [tf.add(tf.mul(a!, x), exp(x)), tf.add(a!, exp(x))];
const root = (y: Tensor, a: Tensor) => increasingRoot(f, y, [a], { low: -20, high: 20 });

onEachEngine(() => {
  it('finds roots, near and far from the guess', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([-18, -1, 0, 2.5, 19.5]);
      const a = tf.tensor1d([0.5, 3, 1, 2, 1]);
      expect(root(f(x, a)[0], a)).toBeAllClose(x, { abs: 1e-6, rel: 1e-6 });
    });
  });

  it('bisects where Newton would leave the bracket: a step from a flat place, a root of infinite slope', () => {
    tf.tidy(() => {
      const step = (x: Tensor): Value => {
        const s = sigmoid(tf.mul(50, x));
        return [s, tf.mul(50, tf.mul(s, tf.sub(1, s)))];
      };
      const y = tf.tensor1d([0.25, 0.5, 0.999]);
      const start = tf.fill([3], 0.9);
      const found = increasingRoot(step, y, [], { low: -1, high: 1, start });
      const expected = [0.25, 0.5, 0.999].map((p) => Math.log(p / (1 - p)) / 50);
      expect(found).toBeAllClose(expected, { abs: 1e-6 });

      const cubeRoot = (x: Tensor): Value => {
        const size = tf.pow(tf.abs(x), 1 / 3);
        return [tf.mul(tf.sign(x), size), tf.div(1 / 3, tf.square(size))];
      };
      const at = increasingRoot(cubeRoot, tf.tensor1d([0.1, -1]), [], { low: -3, high: 2 });
      expect(at).toBeAllClose([0.001, -1], { abs: 1e-6 });
    });
  });

  it('is as fast as bisection where Newton creeps: a root of ninefold multiplicity', () => {
    tf.tidy(() => {
      const ninth = (x: Tensor): Value => {
        const eighth = tf.square(tf.square(tf.square(x)));
        return [tf.mul(x, eighth), tf.mul(9, eighth)];
      };
      // Newton's steps go 1/9 of the way each: 20 of them leave (8 / 9)^20 = 0.09 of it.
      const found = increasingRoot(ninth, tf.zeros([1]), [], { low: -1, high: 2 }, 20);
      expect(found).toBeAllClose([0], { abs: 3 * 2 ** -6 });
      const start = tf.tensor1d([1.9]);
      const more = increasingRoot(ninth, tf.zeros([1]), [], { low: -1, high: 2, start }, 40);
      expect(more).toBeAllClose([0], { abs: 3 * 2 ** -13 });
    });
  });

  it('needs no exact slope, and goes back to what it has found', () => {
    tf.tidy(() => {
      // Steps of Newton's with half or twice the slope would leave 2^-8 of the way, or circle round the root.
      for (const factor of [0.5, 2]) {
        const inexact = (x: Tensor): Value => [
          tf.mul(3, tf.add(x, exp(x))),
          tf.mul(3 * factor, tf.add(1, exp(x))),
        ];
        const x = tf.tensor1d([-2, 0.3, 1]);
        const start = tf.add(x, 0.1);
        const y = inexact(x)[0];
        const found = increasingRoot(inexact, y, [], { low: -20, high: 20, start }, 8);
        expect(found).toBeAllClose(x, { abs: 2e-6 });
      }
    });
  });

  it('a bracket may depend on y', () => {
    tf.tidy(() => {
      const cube = (x: Tensor): Value => [tf.mul(x, tf.square(x)), tf.mul(3, tf.square(x))];
      const around = (y: Tensor) => ({
        low: tf.neg(tf.add(1, tf.abs(y))),
        high: tf.add(1, tf.abs(y)),
      });
      const found = increasingRoot(cube, tf.tensor1d([1e6, -8]), [], around, 60);
      expect(found).toBeAllClose([100, -2], { rel: 1e-6 });
    });
  });

  it('has the derivatives of the implicit function, and theirs', () => {
    tf.tidy(() => {
      const [x, a] = [tf.tensor1d([-1, 0.5]), tf.tensor1d([2, 1])];
      const y = f(x, a)[0];
      const slope = valuesOf(f(x, a)[1]);
      const [dy, da] = tf.grads(root)([y, a]);
      expect(dy).toBeAllClose(
        slope.map((s) => 1 / s),
        { rel: 1e-5 },
      );
      expect(da).toBeAllClose(
        slope.map((s, i) => -valuesOf(x)[i]! / s),
        { rel: 1e-5 },
      );
      const curvature = [-1, 0.5].map(Math.exp);
      const second = tf.grad((y: Tensor) => tf.grads(root)([y, a])[0]!);
      expect(second(y)).toBeAllClose(
        slope.map((s, i) => -curvature[i]! / s ** 3),
        { rel: 1e-4 },
      );
      // d/da of 1 / (a + e^x) is -(1 + e^x dx/da) / (a + e^x)^2.
      const mixed = tf.grad((a: Tensor) => tf.grads(root)([y, a])[0]!)(a);
      const expected = slope.map((s, i) => -(1 - (curvature[i]! * valuesOf(x)[i]!) / s) / s ** 2);
      expect(mixed).toBeAllClose(expected, { rel: 1e-4 });
    });
  });

  it('passes NaN on, leaves no tensor behind, and takes a step at the least', () => {
    const [y, a] = [tf.tensor1d([Number.NaN, 1]), tf.tensor1d([1, 1])];
    expect(valuesOf(root(y, a)).map(Number.isNaN)).toEqual([true, false]);
    expectNoLeak(() => root(y, a));
    expectNoLeak(() => tf.tidy(() => tf.grads(root)([y, a])));
    expect(() => increasingRoot(f, y, [a], { low: 0, high: 1 }, 0)).toThrow('steps must be');
  });
});
