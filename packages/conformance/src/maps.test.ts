import type { Bijector } from '@pushforward/bijectors';
import { type EngineName, Key, type Tensor, useEngine } from '@pushforward/tensors';
import { expectNoLeak, jacobian, logAbsDet, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { contextOf, type MapRow, perVector, pointsOf } from './rows.js';
import { maps } from './table.js';

const [forWeights, forPoints, forContext, forOther] = Key.from(2024).split(4);
const COUNT = 20;
/** Half the distance from 1 to the next float32. */
const ROUNDING = 2 ** -24;

/** A map of the row with points of its domain, their images and contexts. */
function sample(row: MapRow) {
  const map = row.build(forWeights);
  const x = pointsOf(row, forPoints, COUNT);
  const context = contextOf(map, forContext, COUNT);
  const [y, logDet] = map.forwardAndLogDet(x, context);
  return { map, x, y, context, logDet };
}

onEachEngine((engine) => {
  // As its users have it, with its repairs.
  beforeAll(() => useEngine(engine as EngineName));

  describe.each(maps.map((row) => [row.name, row] as const))('%s', (_, row) => {
    it('has the log-determinant of its Jacobian, in both directions', () => {
      const { map, x, y, context, logDet } = sample(row);
      const slopes = jacobian((x) => map.forward(x, context), x);
      const inverseSlopes = jacobian((y) => map.inverse(y, context), y);
      const allowed = slopes.map((J, b) => allowance(J, inverseSlopes[b]!));
      const off = (logDet: Tensor, J: number[][][]) =>
        tf.div(tf.sub(perVector(logDet), J.map(logAbsDet)), allowed);
      expect(off(logDet, slopes)).toBeAllClose(0, { abs: 1 });
      expect(off(map.inverseAndLogDet(y, context)[1], inverseSlopes)).toBeAllClose(0, { abs: 1 });
    });

    it('reads exactly what it says', () => {
      const { map, x, context } = sample(row);
      const jacobians = jacobian((x) => map.forward(x, context), x);
      const isRead = (i: number, j: number) => jacobians.some((J) => J[i]![j] !== 0);
      expect(row.reads.map((r, i) => r.map((_, j) => Number(isRead(i, j))))).toEqual(row.reads);
    });

    it('maps what its inverse gives to where it came from', () => {
      const { map, y, context } = sample(row);
      const again = map.forward(map.inverse(y, context), context);
      expect(again).toBeAllClose(y, { abs: 1e-5, rel: 1e-5 });
    });

    it('comes back from its image, as near as its slope lets it', () => {
      const { map, x, y, context, logDet } = sample(row);
      const [back, inverseLogDet] = map.inverseAndLogDet(y, context);
      const slopes = tf.tensor(jacobian((y) => map.inverse(y, context), y));
      // What a rounding of x_i and of every y_j amounts to in x_i; the arithmetic may make 32 of them.
      const fromY = tf
        .matMul(tf.abs(slopes), tf.expandDims(tf.add(1, tf.abs(y)), -1))
        .squeeze([-1]);
      const rounding = tf.mul(ROUNDING, tf.add(fromY, tf.add(1, tf.abs(x))));
      expect(tf.div(tf.sub(back, x), rounding)).toBeAllClose(0, { abs: 32 });
      expect(perVector(tf.add(logDet, inverseLogDet))).toBeAllClose(0, { abs: 1e-4 });
    });

    it('treats each vector of a batch by itself', () => {
      const { map, x, y, context, logDet } = sample(row);
      const expectSame = (pick: (t: Tensor) => Tensor) => {
        const [image, slope] = map.forwardAndLogDet(pick(x), context && pick(context));
        expect(image).toBeAllClose(pick(y), { abs: 1e-6, rel: 1e-6 });
        expect(slope).toBeAllClose(pick(logDet), { abs: 1e-5, rel: 1e-6 });
      };
      for (const i of [0, COUNT - 1]) expectSame((t) => tf.squeeze(tf.slice(t, [i], [1]), [0]));
      expectSame((t) => tf.reshape(t, [4, COUNT / 4, ...t.shape.slice(1)]));
    });

    it.each(['forward', 'inverse'] as const)(
      'is finite far outside and on its boundaries, with its gradients, %s',
      (direction) => {
        const map = row.build(forWeights);
        const points = extremePoints(row, map, direction);
        const context = contextOf(map, forContext, points.shape[0]);
        const both = (x: Tensor) => map[`${direction}AndLogDet`](x, context);
        const total = (x: Tensor) => tf.add<tf.Scalar>(tf.sum(both(x)[1]), tf.mean(both(x)[0]));
        for (const result of both(points)) expectFinite(result);
        expectFinite(tf.tensor(jacobian((x) => both(x)[0], points)));
        expectFinite(tf.grad(total)(points));
        if (map.parameters().length === 0) return;
        const { grads } = tf.variableGrads(() => total(points), map.parameters());
        for (const gradient of Object.values(grads)) expectFinite(gradient);
      },
    );

    it('hears its context, and asks for it', () => {
      const { map, x, y, logDet } = sample(row);
      if (map.contextSize === 0) {
        expect(() => map.forward(x, tf.zeros([COUNT, 2]))).toThrow('no context is expected');
        return;
      }
      expect(() => map.forward(x)).toThrow('context');
      const [yOther, logDetOther] = map.forwardAndLogDet(x, contextOf(map, forOther, COUNT));
      const changed = (a: Tensor, b: Tensor) =>
        valuesOf(tf.sub(a, b)).filter((d) => Math.abs(d) > 1e-3).length;
      expect(changed(y, yOther)).toBeGreaterThan(COUNT / 2);
      expect(changed(logDet, logDetOther)).toBeGreaterThan(COUNT / 2);
    });

    it('leaves no tensor behind', () => {
      const { map, x, y, context } = sample(row);
      expectNoLeak(() => map.forwardAndLogDet(x, context));
      expectNoLeak(() => map.inverseAndLogDet(y, context));
      expectNoLeak(() => map.forward(x, context));
      expectNoLeak(() => map.inverse(y, context));
      expectNoLeak(() => {
        row.build(forWeights).dispose();
      });
    });
  });
});

/** Vectors with an extreme value in one place and ordinary ones in the others. */
function extremePoints(row: MapRow, map: Bijector, direction: 'forward' | 'inverse'): Tensor {
  return tf.tidy(() => {
    const [low, high] = row.domain ?? [0, 0.5];
    const x = tf.fill([1, row.features], (low + high) / 2);
    const middle = direction === 'forward' ? x : map.forward(x, contextOf(map, forContext, 1));
    const ordinary = valuesOf(middle);
    const vectors = row.extremes[direction].flatMap((extreme) =>
      ordinary.map((_, i) => ordinary.map((value, j) => (i === j ? extreme : value))),
    );
    return tf.tensor2d(vectors);
  });
}

/**
 * By how much 32 roundings of the largest slope can change log|det J|, whose differential is tr(J^-1 dJ); at the least
 * as many roundings of 1.
 */
function allowance(J: number[][], inverse: number[][]): number {
  const largest = (matrix: number[][]) => Math.max(...matrix.flat().map(Math.abs));
  const total = inverse.flat().reduce((sum, slope) => sum + Math.abs(slope), 0);
  return 32 * ROUNDING * Math.max(1, largest(J) * total);
}

function expectFinite(numbers: Tensor): void {
  expect(valuesOf(numbers).filter((value) => !Number.isFinite(value))).toEqual([]);
}
