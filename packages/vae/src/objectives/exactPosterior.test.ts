/**
 * Objectives at the true posterior of a linear Gaussian model, where their bounds are tight and their gradients still.
 */
import { conditional, type Distribution, given } from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { Key } from '@pushforward/tensors';
import { describeGolden, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { linearGaussian } from '../../test/linearGaussian.js';
import { elbo, fullNormal, iwae, type Objective } from '../index.js';

describeGolden('t15_vae', ({ cases }) => {
  const example = cases.find(({ name }) => name === 'ppca D5 L2')!;
  onEachEngine(() => {
    it('has gradients without variance where the posterior is the true one', () => {
      const { params, input } = example;
      const parts = linearGaussian(params);
      // N(M^-1 W^T (x - mu), sigma^2 M^-1), M = W^T W + sigma^2 I, by a full covariance.
      const exact = exactPosterior(params.matrix('W'), params.vector('mu'), params.number('sigma'));
      const rows = input.tensor('x');
      const spread = (objective: Objective) => {
        const model = parts.build(exact, objective);
        const weights = exact.parameters();
        const each = [1, 2, 3].map((seed) => {
          const { grads } = tf.variableGrads(
            () => model.loss({ x: rows }, Key.from(seed)).asScalar(),
            weights,
          );
          return tf.concat(weights.map(({ name }) => tf.reshape(grads[name]!, [-1])));
        });
        return Math.max(...tf.abs(tf.stack(each)).dataSync());
      };
      expect(spread(elbo({ pathDerivative: true }))).toBeLessThan(1e-4);
      expect(spread(iwae({ draws: 5 }))).toBeLessThan(1e-4);
      expect(spread(elbo({ form: 'joint' }))).toBeGreaterThan(0.05);
      expect(spread(iwae({ draws: 5, doublyReparameterised: false }))).toBeGreaterThan(0.05);
    });

    it('has at any draw the exact likelihood there', () => {
      const { params, input, output } = example;
      const exact = exactPosterior(params.matrix('W'), params.vector('mu'), params.number('sigma'));
      const logMarginal = output.vector('log_marginal');
      const mean = logMarginal.reduce((sum, n) => sum + n, 0) / logMarginal.length;
      for (const objective of [elbo({ form: 'joint' }), iwae({ draws: 3 })]) {
        const model = linearGaussian(params).build(exact, objective);
        expect(model.loss({ x: input.tensor('x') }, Key.from(4))).toBeAllClose(-mean, {
          abs: 1e-4,
        });
      }
    });
  });
});

/** As a linear encoder to {@link fullNormal} laws, of two latents. */
function exactPosterior(W: number[][], mu: number[], sigma: number): Distribution {
  const family = fullNormal(2, { floor: 0 });
  const [a, b, d] = [0, 1].flatMap((i) =>
    [0, 1]
      .filter((j) => j >= i)
      .map((j) => W.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? sigma ** 2 : 0)),
  ) as [number, number, number];
  const determinant = a * d - b * b;
  const inverse = [
    [d / determinant, -b / determinant],
    [-b / determinant, a / determinant],
  ];
  // Cholesky factor of sigma^2 M^-1, and the numbers that select it.
  const l11 = sigma * Math.sqrt(inverse[0]![0]!);
  const l21 = (sigma ** 2 * inverse[1]![0]!) / l11;
  const l22 = Math.sqrt(sigma ** 2 * inverse[1]![1]! - l21 ** 2);
  const raw = (scale: number) => Math.log(Math.expm1(scale)) - Math.log(Math.expm1(1));
  const A = inverse.map((row) => W.map((w) => row[0]! * w[0]! + row[1]! * w[1]!));
  const offset = A.map((row) => -row.reduce((sum, n, i) => sum + n * mu[i]!, 0));
  const encoder = new Linear(Key.from(1), mu.length, family.parameterCount, { initialiser: zeros });
  const still = [0, 0, 0];
  encoder.weight.assign(tf.tensor2d(mu.map((_, i) => [A[0]![i]!, A[1]![i]!, ...still])));
  encoder.bias!.assign(tf.tensor1d([...offset, raw(l11), raw(l22), l21]));
  const law = conditional(encoder, family);
  expect(given(law, tf.zeros([1, mu.length])).entropy!().shape).toEqual([1]);
  return law;
}
