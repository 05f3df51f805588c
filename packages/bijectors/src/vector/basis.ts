import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { product, transposed } from '../ops.js';
import { randomRotation } from './rotation.js';

/** M orthonormal vectors of D numbers, which numbers select. */
export interface Basis {
  /** M. */
  readonly size: number;
  /** Numbers that select one. */
  readonly parameterCount: number;
  /** Where they start: shape `[parameterCount]`, or nothing. */
  start(key: Key): Tensor[];
  /** Q `[D, M]` as its products, for numbers `[..., parameterCount]`; any tensor where there are none. */
  at(numbers: Tensor): Turn;
}

/** The products with Q. */
export interface Turn {
  /** Q^T z: `[..., D]` -> `[..., M]`. */
  into(z: Tensor): Tensor;
  /** Q s: `[..., M]` -> `[..., D]`. */
  outOf(s: Tensor): Tensor;
}

/** Steps after which Q is orthonormal to rounding where singular values of the start are up to 1000 times as large as others. */
const STEPS = 16;

/**
 * The orthonormal matrix next to any matrix, its polar factor, by Q <- Q (I + P / 2 + 3 P^2 / 8), P = I - Q^T Q.
 *
 * Source: Björck and Bowie, "An iterative algorithm for computing the best estimate of an orthogonal matrix", SIAM Journal on
 * Numerical Analysis 1971, of third order.
 */
export function orthogonal(features: number, size: number): Basis {
  const polarFactor = (matrix: Tensor) => {
    const identity = tf.eye(size);
    const gram = (Q: Tensor) => tf.matMul(Q, Q, true);
    // Not below the largest singular value.
    const norm = tf.pow(tf.sum(tf.square(gram(matrix)), [-2, -1], true), 0.25);
    let Q: Tensor = tf.div(matrix, tf.add(norm, 1e-30));
    for (let step = 0; step < STEPS; step++) {
      const P = tf.sub(identity, gram(Q));
      const correction = tf.add(tf.mul(0.5, P), tf.mul(0.375, tf.matMul(P, P)));
      Q = tf.add(Q, tf.matMul(Q, correction));
    }
    return Q;
  };
  return {
    size,
    parameterCount: features * size,
    // Columns of a rotation, scaled for numbers of about 1.
    start: (key) => {
      const rotation = tf.tensor2d(randomRotation(key, features));
      const columns = tf.slice(rotation, [0, 0], [features, size]);
      return [tf.reshape(tf.mul(Math.sqrt(features), columns), [-1])];
    },
    at: (numbers) => {
      const matrices = tf.reshape(numbers, [-1, features, size]);
      const Q = tf.reshape(polarFactor(matrices), [...numbers.shape.slice(0, -1), features, size]);
      return { into: (z) => product(transposed(Q), z), outOf: (s) => product(Q, s) };
    },
  };
}

/** Q = H_k ... H_1, a product of reflections H = I - 2 v v^T / |v|^2. */
export function householder(features: number, reflections: number): Basis {
  return {
    size: features,
    parameterCount: reflections * features,
    start: (key) => [key.normal([reflections * features])],
    at: (numbers) => {
      const vectors = tf.split(numbers, reflections, -1).map((v) => ({
        v,
        factor: tf.div(2, tf.add(tf.sum(tf.square(v), -1, true), 1e-30)),
      }));
      const reflect = (x: Tensor, { v, factor }: { v: Tensor; factor: Tensor }) =>
        tf.sub(x, tf.mul(v, tf.mul(factor, tf.sum(tf.mul(v, x), -1, true))));
      return {
        into: (z) => vectors.reduceRight(reflect, z),
        outOf: (s) => vectors.reduce(reflect, s),
      };
    },
  };
}

/** Q = I. */
export function standard(features: number): Basis {
  return {
    size: features,
    parameterCount: 0,
    start: () => [],
    at: () => ({ into: (z) => z, outOf: (s) => s }),
  };
}
