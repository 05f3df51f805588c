import '@pushforward/testing/float64';
import { finiteDifferences, jacobian } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Key } from '../random/key.js';
import type { Tensor } from '../types.js';
import { cholesky } from './cholesky.js';
import { triangularSolve } from './triangular.js';

const size = 3;
const asMatrix = (x: Tensor, columns = size) => tf.reshape(x, [x.shape[0], size, columns]);
const asVector = (x: Tensor) => tf.reshape(x, [x.shape[0], -1]);

const triangle = tf.add(tf.mul(0.4, Key.from(1).normal([2, size, size])), tf.eye(size));
const right = Key.from(2).normal([2, size, 2]);
const spread = Key.from(3).normal([2, size, size + 2]);
const positive = tf.matMul(spread, spread, false, true);

const maps: [name: string, f: (x: Tensor) => Tensor, x: Tensor][] = [
  ['cholesky', (x) => asVector(cholesky(asMatrix(x))), asVector(positive)],
  ...[true, false].flatMap((lower) =>
    [true, false].flatMap((unitDiagonal): typeof maps => {
      const options = { lower, unitDiagonal, transposed: lower !== unitDiagonal };
      return [
        [
          `triangularSolve in A, ${JSON.stringify(options)}`,
          (x) => asVector(triangularSolve(asMatrix(x), right, options)),
          asVector(triangle),
        ],
        [
          `triangularSolve in B, ${JSON.stringify(options)}`,
          (x) => asVector(triangularSolve(triangle, asMatrix(x, 2), options)),
          asVector(right),
        ],
      ];
    }),
  ),
];

describe.each(maps)('%s', (_, f, x) => {
  it('has the Jacobian of its differences', () => {
    expect(jacobian(f, x)).toBeAllClose(finiteDifferences(f, x), { abs: 1e-8, rel: 1e-8 });
  });

  it('has the second derivatives of its differences', () => {
    // The gradient of a curved function of the outputs, so that also the linear map B -> X has one.
    const slope = (x: Tensor) => tf.grad((x) => tf.sum(tf.sin(f(x))))(x);
    expect(jacobian(slope, x)).toBeAllClose(finiteDifferences(slope, x), { abs: 1e-7, rel: 1e-7 });
  });
});
