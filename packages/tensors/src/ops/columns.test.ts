import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { DomainError } from '../errors.js';
import { placeColumns, takeColumns } from './columns.js';

const rows = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
];

onEachEngine(() => {
  it('takeColumns takes them in the order asked for', () => {
    expect(takeColumns(tf.tensor2d(rows), [3, 0])).toBeAllClose(
      [
        [4, 1],
        [8, 5],
      ],
      {},
    );
    expect(takeColumns(tf.tensor3d([rows]), [2])).toBeAllClose([[[3], [7]]], {});
    expect(takeColumns(tf.tensor1d([1, 2, 3]), [1, 2, 0])).toBeAllClose([2, 3, 1], {});
  });

  it('placeColumns puts them back, with zeros elsewhere', () => {
    const placed = placeColumns(
      tf.tensor2d([
        [4, 1],
        [8, 5],
      ]),
      [3, 0],
      4,
    );
    expect(placed).toBeAllClose(
      [
        [1, 0, 0, 4],
        [5, 0, 0, 8],
      ],
      {},
    );
  });

  it('are transposes of each other, so each is the gradient of the other', () => {
    const indices = [2, 0];
    const x = tf.tensor2d(rows);
    const y = tf.tensor2d([
      [0.5, -1],
      [2, 3],
    ]);
    const inner = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).dataSync()[0]!;
    expect(inner(takeColumns(x, indices), y)).toBe(inner(x, placeColumns(y, indices, 4)));
    expect(tf.grad((x) => tf.sum(tf.mul(takeColumns(x, indices), y)))(x)).toBeAllClose(
      placeColumns(y, indices, 4),
      {},
    );
    expect(tf.grad((y) => tf.sum(tf.mul(placeColumns(y, indices, 4), x)))(y)).toBeAllClose(
      takeColumns(x, indices),
      {},
    );
  });

  it('can be differentiated twice', () => {
    const f = (x: tf.Tensor) =>
      tf.sum(tf.pow(placeColumns(takeColumns(x, [2, 0]), [1, 0], 3), tf.scalar(3)));
    const slope = tf.grad((x) => tf.sum(tf.mul(tf.grad(f)(x), [1, 10, 100, 1000])));
    expect(slope(tf.tensor2d([[1, 2, 3, 4]]))).toBeAllClose([[6, 0, 1800, 0]], { rel: 1e-6 });
  });

  it('refuse columns that are not there, or twice', () => {
    const x = tf.tensor2d(rows);
    for (const indices of [[4], [-1], [0, 0], [0.5]])
      expect(() => takeColumns(x, indices)).toThrow(DomainError);
    const y = tf.tensor2d([[1, 2]]);
    for (const indices of [[4, 0], [0, 0], [0, -1], [0]])
      expect(() => placeColumns(y, indices, 4)).toThrow(DomainError);
  });

  it('leave no tensor behind', () => {
    const x = tf.tensor2d(rows);
    expectNoLeak(() => takeColumns(x, [1]));
    expectNoLeak(() => placeColumns(x, [3, 2, 1, 0], 6));
    expectNoLeak(() => tf.tidy(() => tf.grad((x) => tf.sum(takeColumns(x, [1])))(x)));
  });
});
