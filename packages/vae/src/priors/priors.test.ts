import { conditional, DiagonalNormal, Mixture, positive } from '@pushforward/distributions';
import { Linear } from '@pushforward/nn';
import { exp, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { mixturePrior, vampPrior } from '../index.js';

describeGolden('t15_vae', ({ cases, tolerance }) => {
  const named = (kind: string) => cases.filter(({ name }) => name.startsWith(kind));
  onEachEngine(() => {
    it.each(named('mixture prior'))('$name', ({ params, input, output }) => {
      const [components, features] = params.tensor('means').shape as [number, number];
      const prior = mixturePrior(Key.from(1), { components, features });
      const scales = tf.mul(0.5, params.tensor('logvars'));
      const [weights, means, logScales] = prior.parameters();
      weights!.assign(tf.log(params.tensor('weights')));
      means!.assign(params.tensor('means'));
      logScales!.assign(scales);
      expect(prior.logProb(input.tensor('z'))).toBeAllClose(output.vector('log_prob'), tolerance);

      const deviations = params.vector('q_logvar').map((v) => Math.exp(v / 2));
      const q = new DiagonalNormal(params.vector('q_mean'), deviations);
      const eps = input.tensor('eps');
      const z = tf.add(params.vector('q_mean'), tf.mul(deviations, eps));
      expect(prior.logProb(z)).toBeAllClose(output.vector('log_prob_samples'), tolerance);
      const sampled = tf.mean(tf.sub(q.logProb(z), prior.logProb(z)));
      expect(sampled).toBeAllClose(output.number('kl_mc'), tolerance);
    });

    it.each(named('vamp prior'))('$name', ({ params, input, output }) => {
      const inputs = params.tensor('pseudo_inputs');
      const [latents] = params.tensor('A').shape as [number];
      const encoder = new Linear(Key.from(1), inputs.shape[1]!, 2 * latents);
      encoder.weight.assign(tf.transpose(tf.concat([params.tensor('A'), params.tensor('B')])));
      encoder.bias!.assign(tf.concat([params.tensor('a'), params.tensor('c')]));
      const posterior = conditional(encoder, (h) => {
        const [mean, logVariance] = tf.split(h, 2, -1);
        return new DiagonalNormal(mean!, exp(tf.mul(0.5, logVariance!)));
      });
      const prior = vampPrior(posterior, inputs);
      expect(prior.logProb(input.tensor('z'))).toBeAllClose(output.vector('log_prob'), tolerance);
    });
  });
});

describe('mixturePrior', () => {
  it('is a mixture whose every part is trained', () => {
    const prior = mixturePrior(Key.from(1), { components: 4, features: 2 });
    expect(prior).toBeInstanceOf(Mixture);
    expect([...prior.namedParameters()].map(([name, { shape }]) => [name, shape])).toEqual([
      ['logits', [4]],
      ['components.loc', [4, 2]],
      ['components.scale.log', [4, 2]],
    ]);
    // Alike, its components would stay alike.
    const [logits, means, logScales] = prior.parameters();
    expect(new Set(valuesOf(means!)).size).toBe(8);
    expect([...valuesOf(logits!), ...valuesOf(logScales!)]).toBeAllClose(tf.zeros([12]), {});
    expect(() => mixturePrior(Key.from(1), { components: 4 } as never)).toThrow();
    expect(() => mixturePrior(Key.from(1), { components: 4, features: 2, k: 1 } as never)).toThrow(
      OptionError,
    );
  });
});

describe('vampPrior', () => {
  onEachEngine(() => {
    const make = () => {
      const posterior = conditional(
        new Linear(Key.from(1), 3, 2),
        (h) => new DiagonalNormal(h, 0.3),
      );
      return { posterior, prior: vampPrior(posterior, Key.from(2).normal([5, 3])) };
    };

    it('draws from one of the posteriors', () => {
      const { prior, posterior } = make();
      const n = 20_000;
      const z = prior.sample(Key.from(3), [n]);
      expect(z.shape).toEqual([n, 2]);
      expect(prior.reparameterised).toBe(false);
      const inputs = prior.parameters().at(-1)!;
      const centres = posterior.mean!(inputs);
      // Deviations are below 2: three standard errors.
      expect(tf.mean(z, 0)).toBeAllClose(tf.mean(centres, 0), { abs: 0.04 });
      const spread = tf.add(tf.moments(centres, 0).variance, 0.09);
      expect(tf.moments(z, 0).variance).toBeAllClose(spread, { rel: 0.05 });
    });

    it('trains inputs and posterior through its density', () => {
      const { prior, posterior } = make();
      expect(prior.parameters().length).toBe(posterior.parameters().length + 1);
      const z = Key.from(4).normal([6, 2]);
      const run = () =>
        tf.variableGrads(() => prior.loss({ x: z }, Key.from(1)).asScalar(), prior.parameters());
      for (const g of Object.values(run().grads))
        expect(tf.max(tf.abs(g)).dataSync()[0]).toBeGreaterThan(1e-4);
      expectNoLeak(run);
      expectNoLeak(() => prior.sampleAndLogProb(Key.from(1), [4]));
    });
  });

  it('needs inputs that the posterior reads', () => {
    const posterior = conditional(new Linear(Key.from(1), 3, 2), (h) => new DiagonalNormal(h, 1));
    expect(() => vampPrior(posterior, tf.zeros([5, 2]))).toThrow(ShapeError);
    expect(() => vampPrior(posterior, tf.zeros([0, 3]))).toThrow(ShapeError);
    expect(() => vampPrior(new DiagonalNormal([0], positive(1)), tf.zeros([5, 0]))).toThrow(
      ShapeError,
    );
  });
});
