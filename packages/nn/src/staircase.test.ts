import { Key, type Tensor } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Staircase, staircaseOf, staircaseProduct } from './staircase.js';

type Shape = readonly [rows: number, columns: number];
type IsUsed = (row: number, column: number) => boolean;

const key = Key.from(3);

/** What part of the entries is multiplied. */
function partOf({ shape: [rows, columns], byColumn, byRow }: Staircase): number[] {
  return [byColumn, byRow].map(
    (steps) =>
      steps.reduce((sum, { rows, columns }) => {
        return sum + (rows[1] - rows[0]) * (columns[1] - columns[0]);
      }, 0) /
      (rows * columns),
  );
}

function maskOf([rows, columns]: Shape, isUsed: IsUsed): Tensor {
  return tf.tensor2d(
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => Number(isUsed(row, column))),
    ),
  );
}

describe('stairs', () => {
  it('spare nearly half of a triangle', () => {
    const [byColumn, byRow] = partOf(staircaseOf([512, 512], (row, column) => row <= column)!);
    expect(byColumn).toBeCloseTo(5 / 8, 2);
    expect(byRow).toBeCloseTo(5 / 8, 2);
  });

  it('are not climbed where that spares little', () => {
    expect(staircaseOf([512, 512], () => true)).toBeUndefined();
    expect(staircaseOf([64, 64], (row, column) => row <= column)).toBeUndefined();
    expect(
      staircaseOf([512, 512], (row, column) => row === column || row === 511 || row === 0),
    ).toBe(undefined);
  });
});

const cases: readonly [name: string, shape: Shape, isUsed: IsUsed][] = [
  ['a triangle', [256, 256], (row, column) => row <= column],
  ['a triangle that falls', [256, 384], (row, column) => row + column < 256],
  ['blocks', [384, 512], (row, column) => Math.floor(row / 100) === Math.floor(column / 130)],
  ['columns that read nothing', [256, 256], (row, column) => column >= 128 && row <= column],
];

onEachEngine(() => {
  describe.each(cases)('the product with %s', (_, shape, isUsed) => {
    const [rows, columns] = shape;
    const stairs = staircaseOf(shape, isUsed)!;

    it('is that of the whole matrices, and so are its derivatives', () => {
      const [forX, forW, forDirection] = key.split(3);
      const mask = maskOf(shape, isUsed);
      const x = forX.normal([7, rows]);
      const w = forW.normal([rows, columns]);
      const direction = forDirection.normal([rows, columns]);
      const onStairs = (x: Tensor, w: Tensor) => staircaseProduct(x, tf.mul(w, mask), stairs);
      const whole = (x: Tensor, w: Tensor) => tf.matMul(x, tf.mul(w, mask));
      expect(onStairs(x, w)).toBeAllClose(whole(x, w), { abs: 1e-4 });

      const curved = (product: typeof whole) => (x: Tensor, w: Tensor) =>
        tf.sum<tf.Scalar>(tf.square(product(x, w)));
      const gradients = (product: typeof whole) => tf.grads(curved(product))([x, w]);
      const expected = gradients(whole);
      for (const [i, gradient] of gradients(onStairs).entries())
        expect(gradient).toBeAllClose(expected[i]!, { abs: 2e-3 });

      const second = (product: typeof whole) =>
        tf.grads((x: Tensor, w: Tensor) => {
          const [dx, dw] = tf.grads(curved(product))([x, w]) as [Tensor, Tensor];
          return tf.add(tf.sum(tf.sin(dx)), tf.sum(tf.mul(dw, direction)));
        })([tf.mul(x, 0.01), w]);
      const curvature = second(whole);
      for (const [i, gradient] of second(onStairs).entries())
        expect(gradient).toBeAllClose(curvature[i]!, { abs: 5e-2, rel: 1e-3 });
    });
  });
});
