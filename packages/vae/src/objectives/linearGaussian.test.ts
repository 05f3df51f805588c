import { MultivariateNormal } from '@pushforward/distributions';
import { cholesky, Key, type Variable } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, type GoldenCase, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { fixedNoise, linearGaussian, sigmaPoints } from '../../test/linearGaussian.js';
import { elbo, iwae, kullbackLeibler, type Objective } from '../index.js';

const sum = (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0);

/** Derivatives of the sum over the rows of minus the loss, by name. */
function gradients(
  { model, variables }: ReturnType<typeof linearGaussian>,
  x: tf.Tensor,
  key: Key,
): Record<string, tf.Tensor> {
  const { grads } = tf.variableGrads(() => model.loss({ x }, key).asScalar(), model.parameters());
  const rows = x.shape[0];
  return Object.fromEntries(
    Object.entries<Variable>(variables).map(([name, { name: id }]) => {
      const g = tf.mul(-rows, grads[id]!);
      // log of the variance against log of the deviation.
      return [name, name === 'logvar' ? tf.mul(0.5, g) : g];
    }),
  );
}

describeGolden('t15_vae', ({ cases, tolerance }) => {
  const models = cases.filter(({ name }) => name.startsWith('ppca'));
  const expectGradients = (got: Record<string, tf.Tensor>, example: GoldenCase, field: string) => {
    const expected = example.output.record(field);
    for (const [name, g] of Object.entries(got)) {
      const want = expected.tensor(name);
      const largest = Math.max(...tf.abs(want).dataSync());
      expect(g, name).toBeAllClose(want, { abs: 1e-4 * Math.max(1, largest) });
    }
  };

  onEachEngine(() => {
    describe.each(models)('$name', (example) => {
      const { params, input, output } = example;
      const rows = output.vector('elbo').length;
      const size = params.matrix('A').length;

      it('has the lower bound in its three forms, which are one in expectation', () => {
        const x = input.tensor('x');
        const noise = fixedNoise(sigmaPoints(rows, size));
        const draws = 2 * size;
        const expected = -sum(output.vector('elbo')) / rows;
        for (const form of ['divergence', 'entropy', 'joint'] as const) {
          const { model } = linearGaussian(params, elbo({ form, draws }));
          expect(model.loss({ x }, noise), form).toBeAllClose(expected, tolerance);
        }
      });

      it('is above -log p(x) by the divergence from the exact posterior', () => {
        const x = input.tensor('x');
        const { model } = linearGaussian(params);
        const root = cholesky(output.tensor('posterior_cov'));
        const exact = new MultivariateNormal(output.tensor('posterior_mean'), root);
        const gap = tf.sum(kullbackLeibler(model.posteriorAt(x), exact)!, -1);
        expect(gap).toBeAllClose(output.vector('gap'), tolerance);
        const expected = tf.sub(output.tensor('log_marginal'), output.tensor('elbo'));
        expect(gap).toBeAllClose(expected, tolerance);
      });

      it('has the gradients of the lower bound, also of its form along the path', () => {
        const x = input.tensor('x');
        const noise = fixedNoise(sigmaPoints(rows, size));
        const draws = 2 * size;
        for (const options of [{}, { form: 'entropy' }, { form: 'joint' }] as const) {
          const parts = linearGaussian(params, elbo({ ...options, draws }));
          expectGradients(gradients(parts, x, noise), example, 'grads_elbo');
        }
        // The score that the path leaves out is of second degree in the draws: its average over the points is 0 too.
        const path = linearGaussian(params, elbo({ pathDerivative: true, draws }));
        expectGradients(gradients(path, x, noise), example, 'grads_elbo');
      });

      it('has the weights of draws, and the importance-weighted bounds', () => {
        const x = input.tensor('x');
        const eps = tf.transpose(input.tensor('eps'), [1, 0, 2]);
        const elbos = linearGaussian(params, elbo({ form: 'joint', draws: eps.shape[0] })).model;
        expect(elbos.loss({ x }, fixedNoise(eps))).toBeAllClose(
          -sum(output.vector('elbo_mc')) / rows,
          tolerance,
        );
        const bounds = output.record('iwae');
        for (const k of bounds.names) {
          const first = fixedNoise(tf.slice(eps, 0, Number(k)));
          for (const doublyReparameterised of [true, false]) {
            const objective = iwae({ draws: Number(k), doublyReparameterised });
            const { model } = linearGaussian(params, objective);
            expect(model.loss({ x }, first)).toBeAllClose(-sum(bounds.vector(k)) / rows, tolerance);
          }
        }
      });

      it('has the reparameterised gradients of the importance-weighted bound', () => {
        const eps = tf.transpose(input.tensor('eps'), [1, 0, 2]);
        const objective = iwae({ draws: eps.shape[0], doublyReparameterised: false });
        const parts = linearGaussian(params, objective);
        expectGradients(
          gradients(parts, input.tensor('x'), fixedNoise(eps)),
          example,
          'grads_iwaeK',
        );
      });

      it('has the expected gradients of the bound with those that are doubly reparameterised', () => {
        const x = input.tensor('x');
        const runs = 150;
        const mean = (objective: Objective) => {
          const parts = linearGaussian(params, objective);
          const each = Array.from({ length: runs }, (_, i) => {
            const g = gradients(parts, x, Key.from(i));
            return tf.concat(Object.values(g).map((g) => tf.reshape(g, [-1])));
          });
          const { mean, variance } = tf.moments(tf.stack(each), 0);
          return { mean, error: tf.sqrt(tf.div(variance, runs)) };
        };
        const got = mean(iwae({ draws: 4 }));
        const want = mean(iwae({ draws: 4, doublyReparameterised: false }));
        const error = tf.sqrt(tf.add(tf.square(got.error), tf.square(want.error)));
        const z = tf.abs(tf.div(tf.sub(got.mean, want.mean), error)).dataSync();
        // That one of at most 59 is 5 standard errors away happens once in 30,000.
        expect(Math.max(...z)).toBeLessThan(5);
      });
    });

    it('leaves no tensor behind', () => {
      const { params, input } = models[0]!;
      const x = input.tensor('x');
      for (const objective of [elbo(), elbo({ pathDerivative: true }), iwae({ draws: 3 })]) {
        const { model } = linearGaussian(params, objective);
        expectNoLeak(() => model.loss({ x }, Key.from(1)));
        expectNoLeak(() =>
          tf.variableGrads(() => model.loss({ x }, Key.from(1)).asScalar(), model.parameters()),
        );
      }
    });
  });
});
