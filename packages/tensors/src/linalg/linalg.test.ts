import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../errors.js';
import { Key } from '../random/key.js';
import { cholesky } from './cholesky.js';
import { type TriangularOptions, triangularSolve } from './triangular.js';

type Matrix = number[][];

/** Substitution for one of the four systems, in double precision unless `round` says otherwise. */
function substitute(
  a: Matrix,
  b: Matrix,
  options: TriangularOptions,
  round = (x: number) => x,
): Matrix {
  const { lower = true, transposed = false, unitDiagonal = false } = options;
  const size = a.length;
  const entry = (i: number, j: number) => {
    const [row, column] = transposed ? [j, i] : [i, j];
    if (row === column) return unitDiagonal ? 1 : a[row]![column]!;
    return row > column === lower ? a[row]![column]! : 0;
  };
  const x = b.map((row) => [...row]);
  const order = Array.from({ length: size }, (_, i) => i);
  if (lower === transposed) order.reverse();
  for (const [done, i] of order.entries())
    for (let k = 0; k < x[i]!.length; k++) {
      for (const j of order.slice(0, done))
        x[i]![k] = round(x[i]![k]! - round(entry(i, j) * x[j]![k]!));
      x[i]![k] = round(x[i]![k]! / entry(i, i));
    }
  return x;
}

/** A full matrix, of which either triangle is a well-conditioned system. */
const full = (size: number, batch: number[] = []) =>
  tf.add(
    tf.mul(0.7 / Math.sqrt(size), Key.from(size).normal([...batch, size, size])),
    tf.mul(1.5, tf.eye(size)),
  );

const systems: TriangularOptions[] = [true, false].flatMap((lower) =>
  [true, false].flatMap((transposed) =>
    [true, false].map((unitDiagonal) => ({ lower, transposed, unitDiagonal })),
  ),
);

onEachEngine(() => {
  describe.each(systems)('triangularSolve with %o', (options) => {
    it.each([1, 2, 5, 16])('solves systems of size %i as substitution does', (size) => {
      const a = full(size);
      const b = Key.from(7).normal([size, 3]);
      const expected = substitute(a.arraySync() as Matrix, b.arraySync() as Matrix, options);
      const x = triangularSolve(a, b, options);
      expect(x).toBeAllClose(expected, { abs: 1e-5, rel: 1e-5 });
    });
  });

  it('triangularSolve is as exact as substitution in float32 where systems are ill-conditioned', () => {
    // 20 systems of condition numbers about 1e3, whose solutions are much smaller than their inverses.
    const options = { unitDiagonal: true };
    const a = Key.from(3).normal([20, 16, 16]);
    const strict = tf.sub(tf.linalg.bandPart(a, -1, 0), tf.mul(a, tf.eye(16)));
    const b = tf.matMul(tf.add(strict, tf.eye(16)), Key.from(4).normal([20, 16, 1]));
    const x = triangularSolve(a, b, options).arraySync() as Matrix[];
    const [as, bs] = [a.arraySync() as Matrix[], b.arraySync() as Matrix[]];
    const excess = as.map((a, n) => {
      const exact = substitute(a, bs[n]!, options);
      const error = (x: Matrix) => Math.max(...x.map(([x], i) => Math.abs(x! - exact[i]![0]!)));
      return Math.log(error(x[n]!) / error(substitute(a, bs[n]!, options, Math.fround)));
    });
    // Without refinement the geometric mean is 1.6 on cpu and 3.4 on wasm.
    expect(Math.exp(excess.reduce((a, b) => a + b) / 20)).toBeLessThan(1.3);
  });

  it('triangularSolve broadcasts batches, with gradients', () => {
    const a = full(3);
    const b = Key.from(5).normal([4, 2, 3, 2]);
    const x = triangularSolve(a, b);
    const one = tf.slice(b, [2, 1, 0, 0], [1, 1, 3, 2]);
    expect(tf.slice(x, [2, 1, 0, 0], [1, 1, 3, 2])).toBeAllClose(triangularSolve(a, one), {
      abs: 1e-6,
    });
    const [da, db] = tf.grads((a, b) => tf.sum(triangularSolve(a, b)))([a, b]);
    expect(da!.shape).toEqual([3, 3]);
    expect(db!.shape).toEqual([4, 2, 3, 2]);
    const each = tf.broadcastTo(a, [4, 2, 3, 3]);
    const dEach = tf.grad((a) => tf.sum(triangularSolve(a, b)))(each);
    expect(da!).toBeAllClose(tf.sum(dEach, [0, 1]), { abs: 1e-5, rel: 1e-5 });
  });

  it.each([1, 2, 5, 33])('cholesky factors matrices of size %i', (size) => {
    const g = Key.from(size).normal([2, size, size + 4]);
    const a = tf.add(tf.div(tf.matMul(g, g, false, true), size), tf.mul(0.05, tf.eye(size)));
    const l = cholesky(a);
    expect(tf.matMul(l, l, false, true)).toBeAllClose(a, { abs: 3e-6 });
    const upper = tf.mul(l, tf.sub(1, tf.linalg.bandPart(tf.ones([size, size]), -1, 0)));
    expect(upper).toBeAllClose(tf.zerosLike(a), {});
  });

  it('cholesky gives NaN where the matrix is not positive definite, not a wrong factor', () => {
    const l = cholesky(
      tf.tensor2d([
        [1, 2],
        [2, 1],
      ]),
    );
    expect(l).toBeAllClose(
      [
        [1, 0],
        [2, NaN],
      ],
      {},
    );
  });

  it('leave no tensor behind', () => {
    const a = full(4);
    const b = tf.ones([4, 1]);
    const spd = tf.matMul(a, a, true, false);
    expectNoLeak(() => triangularSolve(a, b));
    expectNoLeak(() => cholesky(spd));
    expectNoLeak(() => tf.tidy(() => tf.grad((a) => tf.sum(triangularSolve(a, b)))(a)));
    expectNoLeak(() => tf.tidy(() => tf.grad((a) => tf.sum(cholesky(a)))(spd)));
  });

  it('refuse what is no square system', () => {
    expect(() => cholesky(tf.ones([2, 3]))).toThrow(ShapeError);
    expect(() => cholesky(tf.ones([3]))).toThrow(ShapeError);
    expect(() => triangularSolve(tf.ones([2, 3]), tf.ones([2, 1]))).toThrow(ShapeError);
    expect(() => triangularSolve(tf.eye(2), tf.ones([3, 1]))).toThrow(
      /\[..., 2, K\], got \[3, 1\]/,
    );
    expect(() => triangularSolve(tf.eye(2), tf.ones([2]))).toThrow(ShapeError);
    const options = { upper: true } as TriangularOptions;
    expect(() => triangularSolve(tf.eye(2), tf.ones([2, 1]), options)).toThrow(OptionError);
  });
});
