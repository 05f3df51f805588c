import { expectNoLeak } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { ShapeError } from './errors.js';
import { broadcastShapes, sumLast } from './shapes.js';

describe('broadcastShapes', () => {
  it.each([
    [[[2, 3]], [2, 3]],
    [
      [
        [5, 1, 3],
        [4, 1],
      ],
      [5, 4, 3],
    ],
    [
      [[], [2], [1, 1]],
      [1, 2],
    ],
    [
      [[0, 1], [3]],
      [0, 3],
    ],
  ])('of %j is %j', (shapes, common) => {
    expect(broadcastShapes('f', ...shapes)).toEqual(common);
    const zeros = shapes.map((shape) => tf.zeros(shape));
    const sum = zeros.reduce((a, b) => tf.add(a, b));
    expect(sum.shape).toEqual(common);
  });

  it('says which shapes do not go together', () => {
    expect(() => broadcastShapes('f', [2, 3], [2])).toThrow(
      new ShapeError('f: shapes must agree or be 1 on every axis, got [2, 3] and [2].'),
    );
  });
});

describe('sumLast', () => {
  it('sums over the last axes', () => {
    const x = tf.range(0, 24).reshape([2, 3, 4]);
    expect(sumLast(x, 0)).toBe(x);
    expect(sumLast(x, 1)).toBeAllClose(x.sum(2), { abs: 0 });
    expect(sumLast(x, 2)).toBeAllClose([66, 210], { abs: 0 });
    expectNoLeak(() => sumLast(x, 2));
  });
});
