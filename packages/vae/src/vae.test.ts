import { Planar } from '@pushforward/bijectors';
import { compile } from '@pushforward/compile';
import { conditional } from '@pushforward/distributions';
import { iaf, maf } from '@pushforward/flows';
import { Linear } from '@pushforward/nn';
import { Key, OptionError } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../test/inOrder.js';
import {
  bernoulli,
  continuousBernoulli,
  diagonalNormal,
  discretisedLogistic,
  elbo,
  familyOf,
  flowPosterior,
  fullNormal,
  gaussian,
  iwae,
  kullbackLeibler,
  lowRankNormal,
  mixtureNormal,
  type Objective,
  perceptron,
  residual,
  VAE,
  type VAEOptions,
  vae,
  vampPrior,
} from './index.js';

const networks = { encoder: perceptron([8]), decoder: residual([8], 'tanh') };

describe('vae', () => {
  onEachEngine(() => {
    it('starts with posterior and prior equal, and a likelihood that ignores z', () => {
      for (const posterior of [diagonalNormal(2), fullNormal(2), lowRankNormal(2, 1)]) {
        const model = vae(Key.from(1), { likelihood: bernoulli(5), posterior, ...networks });
        const x = Key.from(2).bernoulli(0.5, [7, 5]);
        const q = model.posteriorAt(x);
        expect(kullbackLeibler(q, model.prior)!).toBeAllClose(0, { abs: 1e-6 });
        expect(model.loss({ x }, Key.from(3))).toBeAllClose(5 * Math.LN2, { abs: 1e-5 });
      }
    });

    it('takes path derivatives by default, where posteriors are normal laws', () => {
      const posteriors = {
        ...{ diagonal: diagonalNormal(2), full: fullNormal(2), 'low rank': lowRankNormal(2, 1) },
        mixture: mixtureNormal(Key.from(6), 2, 3),
        flow: flowPosterior(2, new Planar(Key.from(7), { features: 2, context: 3 })),
      };
      const x = Key.from(2).bernoulli(0.5, [7, 5]);
      for (const [name, posterior] of Object.entries(posteriors)) {
        const gradient = (objective?: Objective) => {
          const options = { likelihood: bernoulli(5), posterior, ...networks };
          const model = vae(Key.from(1), { ...options, ...(objective && { objective }) });
          const weights = model.parameters();
          for (const [i, weight] of weights.entries())
            weight.assign(tf.mul(0.3, Key.from(3).foldIn(i).normal(weight.shape)));
          const run = () => model.loss({ x }, Key.from(4)).asScalar();
          const { grads } = tf.variableGrads(run, model.posterior.parameters());
          return tf.concat(Object.values(grads).map((g) => tf.reshape(g, [-1])));
        };
        const pathDerivative = ['diagonal', 'full', 'low rank'].includes(name);
        const [own, other] = [pathDerivative, !pathDerivative].map((pathDerivative) =>
          gradient(elbo({ form: 'joint', pathDerivative })),
        );
        expect(gradient(), name).toBeAllClose(own!, {});
        expect(tf.max(tf.abs(tf.sub(own!, other!))).dataSync()[0], name).toBeGreaterThan(0.01);
      }
    });

    it('has a linear path through each network', () => {
      for (const build of [perceptron([8]), residual([8])]) {
        const network = build(Key.from(1), { inputs: 3, outputs: 2 });
        const path = network.namedParameters().get('path.weight')!;
        const x = Key.from(2).normal([6, 3]);
        const before = network.apply(x);
        expect(before).toBeAllClose(0, {});
        path.assign(Key.from(3).normal([3, 2]));
        expect(network.apply(x)).toBeAllClose(tf.matMul(x, path), {
          abs: 1e-5,
        });
      }
    });
  });

  it('with linear networks finds the maximum of the exact likelihood', async () => {
    // x = w z + noise: the covariance has eigenvalues of which the discarded are noise (Tipping and Bishop, 1999).
    const [forZ, forNoise] = Key.from(4).split(2);
    const rows = 400;
    const w = tf.tensor2d([[1.5, -1, 0.5]]);
    const x = tf.add(
      tf.matMul(forZ.normal([rows, 1]) as tf.Tensor2D, w),
      tf.mul(0.4, forNoise.normal([rows, 3])),
    );
    const centred = tf.sub(x, tf.mean(x, 0));
    const S = tf.div(tf.matMul(centred, centred, true, false), rows).arraySync() as number[][];
    const trace = S[0]![0]! + S[1]![1]! + S[2]![2]!;
    const largest = largestEigenvalue(S);
    const noise = (trace - largest) / 2;
    const best = 0.5 * (3 * Math.log(2 * Math.PI) + Math.log(largest) + 2 * Math.log(noise) + 3);

    const model = vae(Key.from(5), {
      likelihood: gaussian(3),
      latent: 1,
      encoder: perceptron([]),
      decoder: perceptron([]),
    });
    expect(model.adam).toEqual({ beta1: 0.5, beta2: 0.9 });
    const options = { key: Key.from(6), batchSize: 100 };
    await fit(model, { train: inOrder(x) }, { ...options, epochs: 60, learningRate: 0.03 });
    await fit(model, { train: inOrder(x) }, { ...options, epochs: 30, learningRate: 0.003 });
    const { prior, likelihood, posterior } = model;
    const bound = new VAE({ prior, likelihood, posterior, objective: elbo({ draws: 200 }) });
    const excess = bound.loss({ x }, Key.from(7)).dataSync()[0]! - best;
    // The posterior can be exact, so the bound is the likelihood: but for what steps of 0.003 leave, and draws.
    expect(excess).toBeGreaterThan(-2e-3);
    expect(excess).toBeLessThan(0.02);
    const variance = model.likelihoodAt(tf.zeros([1, 1])).variance!();
    expect(variance).toBeAllClose(noise, { rel: 0.05 });
  });

  const combinations: Record<string, VAEOptions> = {
    'the default': { likelihood: bernoulli(5), latent: 2 },
    'importance weights, a full posterior': {
      likelihood: bernoulli(5),
      posterior: fullNormal(2),
      objective: iwae({ draws: 3 }),
    },
    'a VampPrior, a low-rank posterior, annealing': {
      likelihood: gaussian(5, { variance: 'predicted' }),
      posterior: lowRankNormal(2, 1),
      prior: (posterior) => vampPrior(posterior, tf.eye(5)),
      objective: elbo({ annealing: 2 }),
    },
    'a VampPrior, a full posterior, two draws': {
      likelihood: gaussian(5),
      posterior: fullNormal(2),
      prior: (posterior) => vampPrior(posterior, tf.eye(5)),
      objective: iwae({ draws: 2 }),
    },
    'a flow on either side': {
      likelihood: continuousBernoulli(5),
      posterior: familyOf(
        iaf(Key.from(8), { features: 2, context: 4, transforms: 2, hidden: [6] }),
      ),
      prior: maf(Key.from(9), { features: 2, transforms: 2, hidden: [6] }),
      objective: elbo(),
    },
    'a mixture of logistics, free nats': {
      likelihood: discretisedLogistic(5, { levels: 2, components: 2 }),
      latent: 2,
      objective: elbo({ freeBits: 0.1 }),
    },
    'the best variance of each batch, a context': {
      likelihood: gaussian(5, { variance: 'batch' }),
      latent: 2,
      context: 3,
      prior: conditional(new Linear(Key.from(7), 3, 4), diagonalNormal(2)),
    },
  };

  it.each(Object.entries(combinations))(
    'trains compiled as it does eagerly: %s',
    async (_, options) => {
      const x = Key.from(1).bernoulli(0.3, [64, 5]);
      const context = options.context === undefined ? undefined : Key.from(2).normal([64, 3]);
      const losses = async (compile: boolean) => {
        const model = vae(Key.from(3), { ...networks, ...options });
        const before = [...model.namedVariables()].map(([, v]) => tf.clone(v));
        const { history } = await fit(
          model,
          { train: inOrder(x, context) },
          { key: Key.from(4), epochs: 3, batchSize: 16, compile },
        );
        // Parts that are made before are shared by the two runs.
        for (const [i, v] of [...model.namedVariables().values()].entries()) v.assign(before[i]!);
        return history.map(({ trainLoss }) => trainLoss);
      };
      const eager = await losses(false);
      expect(await losses(true)).toBeAllClose(eager, { abs: 1e-4, rel: 1e-4 });
      expect(eager.every(Number.isFinite)).toBe(true);
    },
  );

  it('evaluates each network once where compiled, whatever the gradient', async () => {
    const products = async (objective: Objective) => {
      const model = vae(Key.from(1), {
        ...networks,
        likelihood: bernoulli(5),
        latent: 2,
        objective,
      });
      const weights = model.parameters();
      const step = compile((x: tf.Tensor, key: Key) => {
        const { grads } = tf.variableGrads(() => model.loss({ x }, key).asScalar(), weights);
        return weights.map(({ name }) => grads[name]!);
      });
      await step(Key.from(2).bernoulli(0.5, [16, 5]), Key.from(3));
      const count = step.explain().split('MatMul').length - 1;
      step.dispose();
      return count;
    };
    const closed = await products(elbo());
    expect(closed).toBeGreaterThan(10);
    expect(await products(elbo({ pathDerivative: true }))).toBe(closed);
    expect(await products(iwae({ draws: 3 }))).toBe(closed);
  });

  it('refuses options that do not go together', () => {
    const likelihood = bernoulli(5);
    expect(() => vae(Key.from(1), { likelihood })).toThrow(OptionError);
    expect(() => vae(Key.from(1), { likelihood, latent: 2, posterior: diagonalNormal(2) })).toThrow(
      OptionError,
    );
    expect(() => vae(Key.from(1), { likelihood, latent: 2, beta: 2 } as never)).toThrow(
      OptionError,
    );
  });
});

/** By the power method. */
function largestEigenvalue(S: number[][]): number {
  let v = [1, -0.5, 0.3];
  let value = 0;
  for (let i = 0; i < 200; i++) {
    const image = S.map((row) => row.reduce((sum, s, j) => sum + s * v[j]!, 0));
    value = Math.hypot(...image);
    v = image.map((n) => n / value);
  }
  return value;
}
