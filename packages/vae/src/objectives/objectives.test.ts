import { conditional, Distribution, standardNormal } from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { DomainError, type EpochReport, Key, OptionError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  diagonalNormal,
  type ElboOptions,
  elbo,
  gaussian,
  iwae,
  kullbackLeibler,
  mixturePrior,
  type Objective,
  VAE,
} from '../index.js';

/** x in R^3, z in R^2, networks of one layer. */
function small(objective: Objective, scale = 0.7): VAE {
  const [forDecoder, forEncoder] = Key.from(5).split(2);
  const family = diagonalNormal(2);
  return new VAE({
    prior: standardNormal([2]),
    likelihood: conditional(
      new Linear(forDecoder, 2, 3),
      gaussian(3, { variance: 'fixed', scale }),
    ),
    posterior: conditional(new Linear(forEncoder, 3, family.parameterCount), family),
    objective,
  });
}

const x = () => Key.from(8).normal([6, 3]);
const lossOf = (options: ElboOptions, scale?: number) =>
  small(elbo(options), scale).loss({ x: x() }, Key.from(1)).dataSync()[0]!;

/** All derivatives in one vector. */
function gradient(model: VAE, key = Key.from(1), rows = x()): Tensor {
  const { grads } = tf.variableGrads(
    () => model.loss({ x: rows }, key).asScalar(),
    model.parameters(),
  );
  return tf.concat(model.parameters().map(({ name }) => tf.reshape(grads[name]!, [-1])));
}

describe('elbo', () => {
  onEachEngine(() => {
    it('with weight 2 sigma^2 and squared errors is the bound with variance sigma^2, in other units', () => {
      for (const sigma of [0.1, 0.7, 2]) {
        const beta = 2 * sigma ** 2;
        // -log N(x; f, 1/2) = |x - f|^2 + constant.
        const squared = gradient(small(elbo({ beta }), Math.SQRT1_2));
        const bound = gradient(small(elbo(), sigma));
        expect(squared).toBeAllClose(tf.mul(beta, bound), { abs: 1e-5, rel: 1e-4 });
      }
    });

    it('lets each number have its free nats', () => {
      // Nothing is free but what costs less, and then nothing else does.
      const bound = lossOf({});
      expect(lossOf({ freeBits: 1e-6 })).toBeAllClose(bound, { abs: 1e-4 });
      const reconstruction = lossOf({ beta: 1e-9 });
      expect(lossOf({ freeBits: 50 })).toBeAllClose(reconstruction + 2 * 50, { rel: 1e-5 });
      // Of a law that is not told apart there is one part.
      expect(lossOf({ freeBits: 50, form: 'entropy' })).toBeAllClose(reconstruction + 50, {
        rel: 1e-5,
      });
    });

    it('gives them to the mean over rows, not to each', () => {
      const model = small(elbo());
      const each = kullbackLeibler(model.posteriorAt(x()), model.prior)!;
      const mean = tf.mean(each, 0);
      const freeBits = tf.min(mean).dataSync()[0]! + 1e-3;
      // Some rows are below it, others above: a maximum in each row would come to more.
      const ofMean = tf.sum(tf.maximum(mean, freeBits));
      const ofRows = tf.sum(tf.mean(tf.maximum(each, freeBits), 0));
      expect(tf.sub(ofRows, ofMean).dataSync()[0]).toBeGreaterThan(0.01);
      expect(lossOf({ freeBits }) - lossOf({ beta: 1e-9 })).toBeAllClose(ofMean, { abs: 1e-4 });
    });

    it('grows its weight in equal steps, and says so while it grows', () => {
      const objective = elbo({ annealing: 4, beta: 2 });
      const model = small(objective);
      const at = () => model.loss({ x: x() }, Key.from(1)).dataSync()[0]!;
      const report = (epoch: number): EpochReport => ({
        epoch,
        step: epoch,
        trainLoss: 1,
        validationLoss: undefined,
      });
      const [none, full] = [lossOf({ beta: 1e-9 }), lossOf({ beta: 2 })];
      expect(model.parameters().length).toBe(4);
      expect([...model.namedVariables().keys()]).toContain('objective.weight');
      const seen = [at()];
      const says = [1, 2, 3, 4, 5].map((epoch) => {
        const changed = model.endOfEpoch(report(epoch));
        seen.push(at());
        return changed;
      });
      expect(says).toEqual([true, true, true, true, false]);
      const shares = [0, 0.25, 0.5, 0.75, 1, 1];
      expect(seen).toBeAllClose(
        shares.map((share) => none + share * (full - none)),
        { rel: 1e-5 },
      );
    });

    it('meets a constraint on the reconstruction with the least divergence', () => {
      const rows = x();
      const train = (objective: Objective) => {
        const model = small(objective);
        const adam = tf.train.adam(0.03);
        for (let step = 0; step < 600; step++)
          adam.minimize(
            () => model.loss({ x: rows }, Key.from(step)).asScalar(),
            false,
            model.parameters(),
          );
        const measure = (objective: Objective) => {
          const { prior, likelihood, posterior } = model;
          const measured = new VAE({ prior, likelihood, posterior, objective });
          return measured.loss({ x: rows }, Key.from(1)).dataSync()[0]!;
        };
        const reconstruction = measure(elbo({ beta: 1e-9, draws: 500 }));
        return { reconstruction, divergence: measure(elbo({ draws: 500 })) - reconstruction };
      };
      const free = train(elbo({ draws: 8 }));
      for (const less of [0.3, -0.3]) {
        const distortion = free.reconstruction - less;
        const held = train(elbo({ distortion, draws: 8 }));
        // Steps of 0.03 swing about the constraint.
        expect(held.reconstruction).toBeAllClose(distortion, { abs: 0.1 });
        if (less > 0) expect(held.divergence).toBeGreaterThan(free.divergence + 0.1);
        else expect(held.divergence).toBeLessThan(free.divergence - 0.1);
      }
    });

    it('takes the closest form that the laws allow', () => {
      const prior = mixturePrior(Key.from(1), { components: 3, features: 2 });
      const { likelihood, posterior } = small(elbo());
      const make = (options: ElboOptions) =>
        new VAE({ prior, likelihood, posterior, objective: elbo(options) })
          .loss({ x: x() }, Key.from(1))
          .dataSync()[0]!;
      expect(make({})).toBe(make({ form: 'entropy' }));
      expect(() => make({ form: 'divergence' })).toThrow(OptionError);
      expect(lossOf({})).toBe(lossOf({ form: 'divergence' }));
      // With many draws the three agree; the deviation of one is below 2.
      const draws = 20_000;
      const many = (['divergence', 'entropy', 'joint'] as const).map((form) =>
        lossOf({ form, draws }),
      );
      expect(Math.max(...many) - Math.min(...many)).toBeLessThan(0.1);
    });

    it('asks the laws for their losses, so that a prior may have a bound in place of a density', () => {
      class Bounded extends Distribution {
        override readonly eventShape = [2];
        private readonly base = standardNormal([2]);
        override logProb(): Tensor {
          throw new Error('There is no density.');
        }
        override sample(key: Key, shape?: readonly number[]): Tensor {
          return this.base.sample(key, shape);
        }
        override loss({ x }: { x: Tensor }, key: Key): Tensor {
          // A tenth of a nat more than -log p, give or take what the key draws.
          const noise = tf.mul(1e-3, tf.mean(key.normal([4])));
          return tf.sub(tf.add(0.1, noise), tf.mean(this.base.logProb(x)));
        }
      }
      const { likelihood, posterior } = small(elbo());
      const model = new VAE({ prior: new Bounded(), likelihood, posterior });
      expect(model.loss({ x: x() }, Key.from(1))).toBeAllClose(lossOf({ form: 'entropy' }) + 0.1, {
        abs: 5e-3,
      });
      expect(model.sample(Key.from(1), [4]).shape).toEqual([4, 3]);
    });

    it('leaves no tensor behind', () => {
      const rows = x();
      for (const options of [
        { annealing: 2 },
        { freeBits: 0.5 },
        { distortion: 2 },
        { form: 'entropy' },
        { form: 'joint' },
      ] as const) {
        const model = small(elbo(options));
        expectNoLeak(() => model.loss({ x: rows }, Key.from(1)));
        expectNoLeak(() => {
          model.endOfEpoch({ epoch: 1, step: 1, trainLoss: 0, validationLoss: undefined });
        });
      }
    });
  });

  it('refuses options that make no sense', () => {
    expect(() => elbo({ gamma: 1 } as never)).toThrow(OptionError);
    expect(() => elbo({ form: 'exact' as never })).toThrow(OptionError);
    expect(() => elbo({ form: 'entropy', pathDerivative: true })).toThrow(OptionError);
    expect(() => elbo({ beta: 0 })).toThrow(DomainError);
    expect(() => elbo({ distortion: Number.NaN })).toThrow(DomainError);
    expect(() => elbo({ freeBits: -1 })).toThrow(DomainError);
    expect(() => elbo({ draws: 0 })).toThrow(DomainError);
    expect(() => elbo({ annealing: 1.5 })).toThrow(DomainError);
    expect(() => iwae({ draws: 0 })).toThrow(DomainError);
    expect(() => iwae({ draws: 2, k: 2 } as never)).toThrow(OptionError);
  });
});

describe('iwae', () => {
  onEachEngine(() => {
    it('grows with every draw towards log p(x)', () => {
      // z ~ N(0, 1), x | z ~ N(z, 1), q = p: log p(1.5) = -1.8280, the lower bound is -2.5439.
      const start = { initialiser: zeros, bias: zeros };
      const decoder = new Linear(Key.from(1), 1, 1, start);
      decoder.weight.assign(tf.ones([1, 1]));
      const family = diagonalNormal(1);
      const model = (draws: number) =>
        new VAE({
          prior: standardNormal([1]),
          likelihood: conditional(decoder, gaussian(1, { variance: 'fixed' })),
          posterior: conditional(new Linear(Key.from(1), 1, 2, start), family),
          objective: iwae({ draws, doublyReparameterised: false }),
        });
      const rows = tf.fill([4000, 1], 1.5);
      const bounds = [1, 5, 50, 500].map(
        (draws) => -model(draws).loss({ x: rows }, Key.from(draws)).dataSync()[0]!,
      );
      // Deviations of one bound are below 1.7, 0.5, 0.15 and 0.05: five standard errors of 4,000.
      expect(bounds[0]).toBeAllClose(-2.5439, { abs: 0.14 });
      expect(bounds[1]).toBeAllClose(-1.911, { abs: 0.04 });
      expect(bounds[2]).toBeAllClose(-1.834, { abs: 0.012 });
      expect(bounds[3]).toBeAllClose(-1.8286, { abs: 0.004 });
      for (const i of [1, 2, 3]) expect(bounds[i]).toBeGreaterThan(bounds[i - 1]!);
    });

    it('of one draw is the lower bound', () => {
      const one = small(iwae({ draws: 1 })).loss({ x: x() }, Key.from(1));
      const joint = small(elbo({ form: 'joint' }));
      // The objectives split their keys differently: only expectations agree.
      const mean = (model: VAE) =>
        tf.mean(
          tf.stack(Array.from({ length: 400 }, (_, i) => model.loss({ x: x() }, Key.from(i)))),
        );
      expect(one.shape).toEqual([]);
      expect(mean(small(iwae({ draws: 1 })))).toBeAllClose(mean(joint), { abs: 0.15 });
    });
  });
});
