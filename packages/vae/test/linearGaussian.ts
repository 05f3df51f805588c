import {
  conditional,
  DiagonalNormal,
  type Distribution,
  standardNormal,
} from '@pushforward/distributions';
import { exp, Key, Module, parameter, type Tensor, type Variable } from '@pushforward/tensors';
import type { GoldenRecord } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { type Objective, type Posterior, VAE } from '../src/index.js';

/** x -> x M^T + b. */
class Affine extends Module {
  readonly matrix: Variable;
  readonly offset: Variable;
  readonly inputs: number;
  readonly outputs: number;

  /** @param matrix `[outputs][inputs]` */
  constructor(matrix: number[][], offset: number[]) {
    super();
    this.matrix = parameter(() => tf.tensor2d(matrix));
    this.offset = parameter(() => tf.tensor1d(offset));
    [this.outputs, this.inputs] = [matrix.length, matrix[0]!.length];
  }

  apply(x: Tensor): Tensor {
    const rows = tf.reshape(x, [-1, this.inputs]);
    const y = tf.add(tf.matMul(rows, this.matrix, false, true), this.offset);
    return tf.reshape(y, [...x.shape.slice(0, -1), this.outputs]);
  }
}

/** N(h, diag(exp(log))^2). */
class LogScale extends Module {
  readonly log: Variable;

  constructor(log: number | number[]) {
    super();
    this.log = parameter(() => tf.tensor(log));
  }

  law(h: Tensor): Distribution {
    return new DiagonalNormal(h, exp(this.log));
  }
}

/** Probabilistic principal component analysis, x = W z + mu + sigma e, with q(z | x) = N(A x + a, diag(exp(logvar))). */
export function linearGaussian(params: GoldenRecord, objective?: Objective) {
  const decoder = new Affine(params.matrix('W'), params.vector('mu'));
  const sigma = new LogScale(Math.log(params.number('sigma')));
  const encoder = new Affine(params.matrix('A'), params.vector('a'));
  const scales = new LogScale(params.vector('logvar').map((v) => v / 2));
  const posterior = conditional(encoder, scales);
  const likelihood = conditional(decoder, sigma);
  const build = (posterior: Posterior, objective?: Objective) =>
    new VAE({
      prior: standardNormal([decoder.inputs]),
      likelihood,
      posterior,
      ...(objective && { objective }),
    });
  return {
    model: build(posterior, objective),
    build,
    /** By their names in the golden file; of logarithms of scales, not of variances. */
    variables: {
      W: decoder.matrix,
      mu: decoder.offset,
      log_sigma: sigma.log,
      A: encoder.matrix,
      a: encoder.offset,
      logvar: scales.log,
    },
  };
}

/** A key whose normal draws are the given ones, whatever is split off it. */
export function fixedNoise(noise: Tensor): Key {
  const key = Object.create(Key.from(0)) as Key;
  Object.assign(key, {
    split: (count: number) => Array<Key>(count).fill(key),
    normal: (shape: number[]) => tf.reshape(noise, shape),
  });
  return key;
}

/**
 * 2 L points with the mean and covariance of N(0, I), `[2 L, rows, L]`: averages over them of functions of second degree are
 * expectations.
 */
export function sigmaPoints(rows: number, size: number): Tensor {
  const ends = tf.mul(Math.sqrt(size), tf.concat([tf.eye(size), tf.neg(tf.eye(size))]));
  return tf.tile(tf.expandDims(ends, 1), [1, rows, 1]);
}
