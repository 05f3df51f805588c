import {
  Bernoulli,
  type Distribution,
  flatten,
  Independent,
  RelaxedBernoulli,
  RelaxedCategorical,
} from '@pushforward/distributions';
import { type Batch, DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { scattered } from '../../test/flowPosteriors.js';
import {
  bernoulli,
  elbo,
  type Family,
  leaveOneOut,
  type Objective,
  perceptron,
  relaxedBernoulli,
  relaxedCategorical,
  vae,
} from '../index.js';

const parts = {
  likelihood: bernoulli(5),
  encoder: perceptron([6], 'tanh'),
  decoder: perceptron([6], 'tanh'),
};

/** What is discrete, or nearly so: posterior, prior, objective. */
const kinds: Record<
  string,
  () => { posterior: Family; prior: Distribution; objective: Objective }
> = {
  'Bernoulli latents': () => ({
    posterior: bernoulli(3),
    prior: new Independent(new Bernoulli([0, 1, -1]), 1),
    objective: leaveOneOut({ draws: 3 }),
  }),
  'relaxed Bernoulli latents': () => ({
    posterior: relaxedBernoulli(3, { temperature: 0.6 }),
    prior: new Independent(new RelaxedBernoulli([0, 1, -1], 0.5), 1),
    objective: elbo(),
  }),
  'relaxed categorical latents': () => ({
    posterior: relaxedCategorical(2, 3),
    prior: flatten(
      new Independent(
        new RelaxedCategorical(
          [
            [0, 1, 2],
            [0, 0, 0],
          ],
          0.5,
        ),
        1,
      ),
    ),
    objective: elbo({ draws: 2 }),
  }),
};

describe('discrete latents', () => {
  onEachEngine(() => {
    it.each([2, 5])('have the gradient of the bound on average, with %d draws', (draws) => {
      const model = scattered(
        vae(Key.from(1), { ...parts, ...kinds['Bernoulli latents']!() }),
        0.5,
      );
      const x = Key.from(2).bernoulli(0.5, [2, 5]);
      const weights = model.parameters();
      // All eight latents, with their probabilities.
      const states = tf.tensor2d(
        Array.from({ length: 8 }, (_, i) => [i & 1, (i >> 1) & 1, i >> 2]),
      );
      const bound = () =>
        tf.tidy(() => {
          const q = model.posteriorAt(x);
          const z = tf.tile(tf.expandDims(states, 1), [1, 2, 1]);
          const logQ = q.logProb(z);
          const logP = tf.add(model.likelihoodAt(z).logProb(x), model.prior.logProb(z));
          return tf.mean<tf.Scalar>(tf.sum(tf.mul(tf.exp(logQ), tf.sub(logQ, logP)), 0));
        });
      const exact = tf.variableGrads(bound, weights);
      const objective = leaveOneOut({ draws });
      const runs = 200;
      const each = Array.from({ length: runs }, (_, i) => {
        const run = () => objective.loss(model, { x }, Key.from(100 + i)) as tf.Scalar;
        const { value, grads } = tf.variableGrads(run, weights);
        return tf.concat([
          tf.reshape(value, [1]),
          ...weights.map(({ name }) => tf.reshape(grads[name]!, [-1])),
        ]);
      });
      const { mean, variance } = tf.moments(tf.stack(each), 0);
      const expected = tf.concat([
        tf.reshape(exact.value, [1]),
        ...weights.map(({ name }) => tf.reshape(exact.grads[name]!, [-1])),
      ]);
      const error = tf.add(tf.sqrt(tf.div(variance, runs)), 1e-6);
      const z = valuesOf(tf.abs(tf.div(tf.sub(mean, expected), error)));
      // That one of 150 normal numbers is 5.5 standard errors away happens once in 170,000.
      expect(Math.max(...z)).toBeLessThan(5.5);
      // Nor is it lost in noise: the gradient is as large as twenty of its errors.
      expect(valuesOf(tf.norm(expected))[0]!).toBeGreaterThan(10 * valuesOf(tf.norm(error))[0]!);
      // What the posterior hears along its exact gradient, of that.
      const ofPosterior = new Set(model.posterior.parameters());
      const direction = tf.concat([
        tf.zeros([1]),
        ...weights.map((weight) =>
          tf.reshape(tf.mul(Number(ofPosterior.has(weight)), exact.grads[weight.name]!), [-1]),
        ),
      ]);
      const share = tf.div(direction, tf.sum(tf.square(direction)));
      const heard = tf.moments(tf.sum(tf.mul(tf.stack(each), share), 1));
      const of = valuesOf(tf.sqrt(tf.div(heard.variance, runs)))[0]!;
      expect(of).toBeLessThan(0.08);
      expect(Math.abs(valuesOf(heard.mean)[0]! - 1)).toBeLessThan(5 * of);
    });

    it.each(Object.entries(kinds))('%s leave no tensor behind', (_, make) => {
      const model = vae(Key.from(1), { ...parts, ...make() });
      const x = Key.from(2).bernoulli(0.5, [4, 5]);
      expectNoLeak(() => model.loss({ x }, Key.from(3)));
      expectNoLeak(() => model.sample(Key.from(3), [2]));
    });
  });

  it.each(Object.entries(kinds))('%s are learned, compiled as eagerly', async (_, make) => {
    const x = tf.mul(Key.from(1).bernoulli(0.5, [32, 1]), tf.ones([32, 5]));
    const train = {
      length: 32,
      *batches(): Iterable<Batch> {
        for (const i of [0, 16]) yield { x: tf.slice(x, i, 16) };
      },
    };
    const losses = async (compile: boolean, epochs: number) => {
      const model = vae(Key.from(3), { ...parts, ...make() });
      const options = { key: Key.from(4), epochs, compile, learningRate: 3e-2 };
      const { history } = await fit(model, { train }, options);
      return history.map(({ trainLoss }) => trainLoss);
    };
    const compiled = await losses(true, 30);
    expect(compiled.slice(0, 5)).toBeAllClose(await losses(false, 5), { rel: 1e-4 });
    // All five numbers are the same: without latents they cost 5 log 2 = 3.47, with one bit log 2.
    expect(compiled.at(-1)!).toBeLessThan(3);
  });

  it('take four draws by default', () => {
    const model = scattered(vae(Key.from(1), { ...parts, ...kinds['Bernoulli latents']!() }), 0.5);
    const x = Key.from(2).bernoulli(0.5, [4, 5]);
    const loss = (objective: Objective) => valuesOf(objective.loss(model, { x }, Key.from(3)))[0]!;
    expect(loss(leaveOneOut())).toBe(loss(leaveOneOut({ draws: 4 })));
    expect(loss(leaveOneOut())).not.toBe(loss(leaveOneOut({ draws: 2 })));
  });

  it('cool down by assignment', () => {
    expect(relaxedBernoulli(2).temperature).toBeAllClose(2 / 3, { rel: 1e-6 });
    const family = relaxedBernoulli(2, { temperature: 1 });
    const at = (temperature: number) => {
      family.temperature.assign(tf.scalar(temperature));
      return valuesOf(family.law(tf.zeros([2])).sample(Key.from(1), [500]));
    };
    const middling = (x: number[]) => x.filter((x) => x > 0.1 && x < 0.9).length;
    expect(middling(at(0.3))).toBeLessThan(0.5 * middling(at(1)));
    expect([...family.namedVariables().keys()]).toEqual(['temperature']);
    expect(family.parameters()).toEqual([]);
  });

  it('are of the temperature that they have now', () => {
    const family = relaxedCategorical(2, 3, { temperature: 1 });
    const h = Key.from(1).normal([4, 6]);
    for (const temperature of [1, 0.3]) {
      family.temperature.assign(tf.scalar(temperature));
      const [z, logProb] = family.law(h).sampleAndLogProb(Key.from(2));
      const each = new RelaxedCategorical(tf.reshape(h, [4, 2, 3]), temperature);
      const expected = tf.sum(each.logProb(tf.reshape(z, [4, 2, 3])), -1);
      expect(logProb).toBeAllClose(expected, { abs: 1e-4, rel: 1e-5 });
    }
  });

  it('refuse what makes no sense', () => {
    expect(() => leaveOneOut({ draws: 1 })).toThrow(DomainError);
    expect(() => leaveOneOut({ baseline: 1 } as never)).toThrow(OptionError);
    expect(() => relaxedBernoulli(0)).toThrow(DomainError);
    expect(() => relaxedBernoulli(2, { temperature: 0 })).toThrow(DomainError);
    expect(() => relaxedCategorical(2, 3, { temperature: 0 })).toThrow(/^relaxedCategorical/);
    expect(() => relaxedCategorical(2, 1)).toThrow(DomainError);
    expect(() => relaxedCategorical(0, 2)).toThrow(DomainError);
  });
});
