import { Exp } from '@pushforward/bijectors';
import { Key, OptionError } from '@pushforward/tensors';
import { dkwBound, expectNoLeak, integrate2d, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { flowPosteriors, scattered } from '../../test/flowPosteriors.js';
import { bernoulli, elbo, flowPosterior, iwae, type Objective, perceptron, vae } from '../index.js';

describe('flow posteriors', () => {
  onEachEngine((engine) => {
    describe.each(Object.entries(flowPosteriors))('%s', (name, make) => {
      it('starts as N(0, I)', () => {
        const family = make();
        const law = family.law(tf.zeros([family.parameterCount]));
        const z = Key.from(1).normal([20, 2]);
        const expected = tf.mul(-0.5, tf.add(tf.sum(tf.square(z), 1), 2 * Math.log(2 * Math.PI)));
        expect(law.logProb(z)).toBeAllClose(expected, { abs: 1e-5 });
      });

      it('draws what it gives the density of, for each x its own', () => {
        const family = scattered(make());
        const law = family.law(Key.from(2).normal([4, family.parameterCount]));
        const [z, logProb] = law.sampleAndLogProb(Key.from(3), [50]);
        expect([z.shape, logProb.shape]).toEqual([
          [50, 4, 2],
          [50, 4],
        ]);
        expect(law.logProb(z)).toBeAllClose(logProb, { abs: 1e-3, rel: 1e-4 });
        expectNoLeak(() => law.sampleAndLogProb(Key.from(3), [5]));
        expectNoLeak(() => law.logProb(z));
      });

      it('hears each of its numbers', () => {
        const family = scattered(make());
        const h = Key.from(2).normal([1, family.parameterCount]);
        // A row for each number that is another.
        const other = tf.add(h, tf.eye(family.parameterCount));
        const draw = (h: tf.Tensor) => family.law(h).sample(Key.from(3));
        const moved = tf.sub(draw(other), draw(tf.tile(h, [family.parameterCount, 1])));
        expect(Math.min(...valuesOf(tf.norm(moved, 2, 1)))).toBeGreaterThan(1e-4);
      });

      // Of splines and monotone networks the flows' own tests integrate the density.
      if (engine === 'wasm' && !/splines|networks/.test(name))
        it('has a density of integral 1, which is that of its draws', () => {
          const family = scattered(make());
          const law = family.law(Key.from(2).normal([family.parameterCount]));
          const samples = law.sample(Key.from(3), [2000]);
          const reach = 2 * Math.max(8, ...valuesOf(tf.abs(samples)));
          const expectation = (g: (z: tf.Tensor) => tf.Tensor) =>
            integrate2d((z) => tf.mul(g(z), tf.exp(law.logProb(z))), {
              ...{ reach, samples, tolerance: 1e-3 },
            });
          expect(expectation((z) => tf.ones([z.shape[0]]))).toBeCloseTo(1, 2);
          const side = (z: tf.Tensor) => tf.sigmoid(tf.sum(tf.mul(z, [1, -0.5]), -1));
          const mean = valuesOf(tf.mean(side(samples)))[0]!;
          // Once in a million by chance.
          expect(Math.abs(mean - expectation(side))).toBeLessThan(dkwBound(2000) + 2e-3);
        });
    });
  });

  it.each(['planar', 'Sylvester of reflections', 'inverse autoregressive', 'splines in couplings'])(
    '%s: path derivatives and importance weights, which take the inverse, have the same values',
    (name) => {
      const model = (objective: Objective) =>
        scattered(
          vae(Key.from(1), {
            ...{ likelihood: bernoulli(4), posterior: flowPosteriors[name]!(), objective },
            ...{ encoder: perceptron([5]), decoder: perceptron([5]) },
          }),
        );
      const x = Key.from(2).bernoulli(0.4, [6, 4]);
      const value = (objective: Objective) => model(objective).loss({ x }, Key.from(3));
      const plain = value(elbo({ form: 'joint', draws: 3 }));
      expect(value(elbo({ pathDerivative: true, draws: 3 }))).toBeAllClose(plain, { rel: 1e-4 });
      const weights = value(iwae({ draws: 3, doublyReparameterised: false }));
      const byInverse = model(iwae({ draws: 3 }));
      const run = () => byInverse.loss({ x }, Key.from(3)) as tf.Scalar;
      const { value: doubly, grads } = tf.variableGrads(run, byInverse.parameters());
      expect(doubly).toBeAllClose(weights, { rel: 1e-4 });
      for (const gradient of Object.values(grads))
        expect(tf.all(tf.isFinite(gradient)).dataSync()[0]).toBe(1);
    },
  );

  it('start from the scale asked for', () => {
    const family = flowPosterior(2, new Exp(), { scale: 0.3 });
    const logs = tf.log(family.law(tf.zeros([4])).sample(Key.from(1), [4000]));
    // 8000 numbers, whose mean square has a deviation of sqrt(2 / 8000) of it.
    expect(tf.mean(tf.square(logs))).toBeAllClose(0.09, { rel: 5 * Math.sqrt(2 / 8000) });
  });

  it('refuse a map of images, and options of other families', () => {
    const ofImages = Object.assign(new Exp(), { eventRank: 3 });
    expect(() => flowPosterior(2, ofImages)).toThrow(OptionError);
    expect(() => flowPosterior(2, new Exp(), { committedRate: 1 } as never)).toThrow(OptionError);
  });
});
