import { Key, useEngine } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acyclicity, findCycle } from '../index.js';

/** tr((I + alpha A)^D) - D by D - 1 products in double precision. */
function byPowers(A: readonly (readonly number[])[], alpha: number): number {
  const B = A.map((row, i) => row.map((entry, j) => Number(i === j) + alpha * entry));
  let power = B;
  for (let k = 1; k < B.length; k++)
    power = power.map((row) => B.map((_, j) => row.reduce((sum, p, m) => sum + p * B[m]![j]!, 0)));
  return power.reduce((sum, row, i) => sum + row[i]! - 1, 0);
}

const value = (A: number[][], alpha?: number) =>
  tf.tidy(() => acyclicity(tf.tensor2d(A), alpha).dataSync()[0]!);

onEachEngine(() => {
  describeGolden('t12_graphs', ({ cases, tolerance }) => {
    const penalties = cases.filter(({ name }) => name.startsWith('acyclicity'));
    it.each(penalties.map((c) => [c.name, c] as const))('%s', (_, { params, input, output }) => {
      const alpha = params.number('alpha');
      const w = (A: tf.Tensor) => acyclicity(A, alpha);
      const A = input.tensor('A');
      expect(w(A)).toBeAllClose(output.number('h_poly_nonneg'), tolerance);
      const gradient = tf.grad(w)(A);
      expect(gradient).toBeAllClose(output.tensor('grad_h_poly_nonneg'), tolerance);
      const W = input.tensor('W');
      const ofSquares = (W: tf.Tensor) => w(tf.square(W));
      expect(ofSquares(W)).toBeAllClose(output.number('h_poly'), tolerance);
      expect(tf.grad(ofSquares)(W)).toBeAllClose(output.tensor('grad_h_poly'), tolerance);
    });
  });

  it('has the exponent D, whatever D is', () => {
    for (const size of [1, 2, 3, 5, 8, 13, 50, 51, 100]) {
      const entries = Key.from(size).uniform([size, size]).arraySync() as number[][];
      const A = entries.map((row, i) => row.map((entry, j) => (i === j ? 0 : entry / 4)));
      const exact = byPowers(A, 1 / size);
      expect(Math.abs(value(A) - exact)).toBeLessThanOrEqual(2e-5 * exact);
    }
  });

  it('sees the longest cycle there can be, and its gradient all of its edges', () => {
    for (const size of [2, 3, 8, 20]) {
      const ring = Array.from({ length: size }, (_, i) =>
        Array.from({ length: size }, (_, j) => Number(j === (i + 1) % size)),
      );
      // One closed walk of D edges from each node: alpha^D, D times.
      const exact = size ** (1 - size);
      expect(Math.abs(value(ring) / exact - 1)).toBeLessThan(1e-5);
      const slopes = valuesOf(tf.grad((A) => acyclicity(A))(tf.tensor2d(ring)));
      for (const [k, slope] of slopes.entries()) {
        const isEdge = k % size === (Math.floor(k / size) + 1) % size;
        if (isEdge) expect(Math.abs(slope / exact - 1)).toBeLessThan(1e-5);
      }
    }
  });

  it('underflows for a cycle of more than about 30 edges, which findCycle still sees', () => {
    const ring = (size: number) =>
      Array.from({ length: size }, (_, i) =>
        Array.from({ length: size }, (_, j) => Number(j === (i + 1) % size)),
      );
    expect(value(ring(26))).toBeGreaterThan(0);
    expect(value(ring(40))).toBe(0);
    expect(findCycle(ring(40))).toHaveLength(40);
  });

  it('is exactly 0 without a cycle, and above 0 with one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }).chain((size) =>
          fc.array(fc.array(fc.nat(1), { minLength: size, maxLength: size }), {
            minLength: size,
            maxLength: size,
          }),
        ),
        (matrix) => {
          const A = matrix.map((row, i) => row.map((entry, j) => (i === j ? 0 : entry)));
          expect(value(A) > 0).toBe(findCycle(A) !== undefined);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps its digits where it is small', () => {
    const [p, q] = [0.9, 1e-9];
    // A single closed walk, from either end: tr((A / 2)^2) = 2 p q / 4.
    expect(
      Math.abs(
        value([
          [0, p],
          [q, 0],
        ]) /
          ((2 * p * q) / 4) -
          1,
      ),
    ).toBeLessThan(1e-6);
  });

  it('leaks nothing', () => {
    const A = tf.ones([5, 5]);
    expectNoLeak(() => acyclicity(A));
  });
});

describe('in 784 dimensions', () => {
  it('is finite for a sparse graph, and for a complete one with a small alpha', async () => {
    await useEngine('wasm');
    tf.tidy(() => {
      const complete = tf.sub(tf.ones([784, 784]), tf.eye(784));
      const sparse = tf.mul(complete, 2 / 784);
      for (const [A, alpha] of [
        [sparse, undefined],
        [complete, 32 / 784 ** 2],
      ] as const) {
        // The eigenvalues of c (J - I) are c (D - 1), and -c D - 1 times.
        const c = A === sparse ? 2 / 784 : 1;
        const a = c * (alpha ?? 1 / 784);
        const exact = (1 + a * 783) ** 784 - 1 + 783 * ((1 - a) ** 784 - 1);
        const w = acyclicity(A, alpha);
        expect(Math.abs(w.dataSync()[0]! / exact - 1)).toBeLessThan(1e-4);
      }
    });
  });
});
