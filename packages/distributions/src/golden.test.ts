import { describeGolden, type GoldenCase, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import {
  Bernoulli,
  Categorical,
  type Distribution,
  Mixture,
  MultivariateNormal,
  Normal,
  Uniform,
} from './index.js';

describeGolden('t02_distributions', ({ cases, tolerance }) => {
  const named = (...kinds: string[]) =>
    cases.filter(({ name }) => kinds.includes(name.split(' ')[0]!));

  onEachEngine(() => {
    it.each(named('normal', 'uniform'))('$name', (example) => {
      const law = univariate(example);
      const { input, output } = example;
      const x = input.tensor('x');
      expect(law.logProb(x)).toBeAllClose(output.vector('log_prob'), tolerance);
      // Relative in the lower tail, down to the end of float32.
      expect(law.cdf(x)).toBeAllClose(output.vector('cdf'), { abs: 1e-37, rel: 2e-5 });
      expect(law.quantile(input.tensor('p'))).toBeAllClose(output.vector('icdf'), {
        ...tolerance,
        rel: 1e-4,
      });
      expect(law.entropy()).toBeAllClose(output.number('entropy'), tolerance);
      expect(law.mean()).toBeAllClose(output.number('mean'), tolerance);
      expect(law.variance()).toBeAllClose(output.number('variance'), tolerance);
      // Not defined at the bounds, and 0 outside: the file has null there.
      const slopes = output.vector('dlogp_dx');
      const got = tf
        .grad((x) => tf.sum(law.logProb(x)))(x)
        .dataSync();
      for (const [i, slope] of slopes.entries())
        expect(got[i]!).toBeAllClose(Number.isNaN(slope) ? 0 : slope, tolerance);
    });

    it.each(named('mvn'))('$name', ({ params, input, output }) => {
      const law = new MultivariateNormal(params.tensor('mean'), params.tensor('scale_tril'));
      const x = input.tensor('x');
      expect(law.logProb(x)).toBeAllClose(output.vector('log_prob'), tolerance);
      expect(law.entropy()).toBeAllClose(output.number('entropy'), tolerance);
      expect(law.mean()).toBeAllClose(params.vector('mean'), tolerance);
      expect(law.covariance()).toBeAllClose(params.matrix('cov'), tolerance);
      const score = tf.grad((x) => tf.sum(law.logProb(x)))(x);
      const largest = Math.max(...output.matrix('score').flat().map(Math.abs));
      expect(score).toBeAllClose(output.matrix('score'), { abs: 2e-5 * largest, rel: 2e-5 });
    });

    it.each(named('categorical'))('$name', ({ params, input, output }) => {
      const law = new Categorical(params.vector('logits'));
      expect(law.logProb(input.tensor('x'))).toBeAllClose(output.vector('log_prob'), tolerance);
      expect(law.entropy()).toBeAllClose(output.number('entropy'), tolerance);
    });

    it.each(named('bernoulli'))('$name', ({ params, output }) => {
      const law = new Bernoulli(params.vector('logits'));
      // Relative: a tiny probability must not become 0 before it leaves the float32 range.
      const relative = { abs: 1e-37, rel: 2e-5 };
      expect(law.logProb(tf.scalar(0))).toBeAllClose(output.vector('log_prob_0'), relative);
      expect(law.logProb(tf.scalar(1))).toBeAllClose(output.vector('log_prob_1'), relative);
      expect(law.entropy()).toBeAllClose(output.vector('entropy'), { ...relative, abs: 1e-36 });
    });

    it.each(named('gmm1d'))('$name', ({ params, input, output }) => {
      const logits = params.vector('weights').map(Math.log);
      const law = new Mixture(logits, new Normal(params.vector('locs'), params.vector('scales')));
      const x = input.tensor('x');
      expect(law.logProb(x)).toBeAllClose(output.vector('log_prob'), tolerance);
      expect(law.cdf!(x)).toBeAllClose(output.vector('cdf'), tolerance);
      expect(law.cdf!(tf.tensor1d(output.vector('icdf')))).toBeAllClose(
        input.vector('p'),
        tolerance,
      );
    });
  });
});

type Univariate = Distribution &
  Required<Pick<Normal, 'mean' | 'variance' | 'entropy' | 'cdf' | 'quantile'>>;

function univariate({ name, params }: GoldenCase): Univariate {
  return name.startsWith('normal')
    ? new Normal(params.number('loc'), params.number('scale'))
    : new Uniform(params.number('low'), params.number('high'));
}
