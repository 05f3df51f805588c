import { chain, Planar } from '@pushforward/bijectors';
import { conditional, pushforward, standardNormal } from '@pushforward/distributions';
import { iaf } from '@pushforward/flows';
import { Linear, zeros } from '@pushforward/nn';
import { DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  diagonalNormal,
  type Family,
  familyOf,
  fullNormal,
  kullbackLeibler,
  lowRankNormal,
  mixtureNormal,
  relaxedBernoulli,
  relaxedCategorical,
} from '../index.js';

const families: Record<string, () => Family> = {
  diagonalNormal: () => diagonalNormal(3),
  fullNormal: () => fullNormal(3),
  'fullNormal of one number': () => fullNormal(1),
  lowRankNormal: () => lowRankNormal(3, 2),
  'a flow': () =>
    familyOf(iaf(Key.from(9), { features: 3, context: 6, transforms: 2, hidden: [8] })),
  'planar maps': () => {
    const steps = [9, 10].map((seed) => new Planar(Key.from(seed), { features: 3, context: 6 }));
    return familyOf(pushforward(standardNormal([3]), chain(steps)));
  },
};

/** Families whose laws start elsewhere than at N(0, I). */
const others: Record<string, () => Family> = {
  mixtureNormal: () => mixtureNormal(Key.from(8), 3, 2),
  relaxedBernoulli: () => relaxedBernoulli(3),
  relaxedCategorical: () => relaxedCategorical(2, 3),
};

describe('posteriors', () => {
  onEachEngine(() => {
    it.each(Object.entries(families))('%s starts as N(0, I)', (_, make) => {
      const family = make();
      const law = family.law(tf.zeros([family.parameterCount]));
      const z = Key.from(1).normal([20, ...family.eventShape]);
      expect(law.logProb(z)).toBeAllClose(standardNormal(family.eventShape).logProb(z), {
        abs: 1e-5,
      });
    });

    it('mixtureNormal starts near it, with components of their own', () => {
      const family = mixtureNormal(Key.from(8), 200, 2);
      const law = family.law(tf.zeros([family.parameterCount]));
      expect(tf.mean(tf.square(law.mean!()))).toBeAllClose(0.125, { abs: 0.04 });
      const square = tf.add(tf.square(law.mean!()), law.variance!());
      expect(tf.mean(square)).toBeAllClose(1, { abs: 0.05 });
    });

    describe.each(Object.entries({ ...families, ...others }))('%s', (name, make) => {
      it('draws what it gives the density of, with any numbers', () => {
        const family = make();
        for (const size of [0.5, 3, 20]) {
          const h = tf.mul(size, Key.from(2).normal([4, family.parameterCount]));
          const law = family.law(h);
          const [z, logProb] = law.sampleAndLogProb(Key.from(3), [5]);
          expect(z.shape).toEqual([5, 4, ...family.eventShape]);
          expect(tf.all(tf.isFinite(logProb)).dataSync()[0]).toBe(1);
          if (size < 10) expect(logProb).toBeAllClose(law.logProb(z), { abs: 1e-3, rel: 1e-3 });
        }
      });

      it('gives its network a gradient, and leaves no tensor behind', () => {
        const family = make();
        const initialiser = zeros;
        const encoder = new Linear(Key.from(1), 2, family.parameterCount, { initialiser });
        const q = conditional(encoder, family);
        const x = Key.from(2).normal([6, 2]);
        const run = () =>
          tf.variableGrads(() => {
            const [z, logProb] = q.sampleAndLogProb(Key.from(3), [], x);
            return tf.add(tf.mean(tf.square(z)), tf.mean(logProb)).asScalar();
          }, encoder.parameters());
        expectNoLeak(run);
        for (const g of Object.values(run().grads))
          expect(tf.all(tf.isFinite(g)).dataSync()[0], name).toBe(1);
      });
    });

    it('keeps a committed rate from its prior, whatever it is told', () => {
      const [features, committedRate] = [4, 0.6];
      const family = diagonalNormal(features, { committedRate });
      const p = standardNormal([features]);
      const least = (h: tf.Tensor) => tf.min(tf.sum(kullbackLeibler(family.law(h), p)!, -1));
      expect(least(tf.mul(5, Key.from(1).normal([500, 8]))).dataSync()[0]).toBeGreaterThan(0.6);
      // The bound is met where all scales are at their largest and all means 0.
      expect(least(tf.concat([tf.zeros([4]), tf.fill([4], 30)]))).toBeAllClose(0.6, { rel: 1e-5 });
    });
  });

  it('have scales above their floor', () => {
    const low = diagonalNormal(1, { floor: 0.01 }).law(tf.tensor1d([0, -1e6]));
    expect(low.variance!()).toBeAllClose([1e-4], { rel: 1e-5 });
    const committed = diagonalNormal(1, { floor: 0.01, committedRate: 0.5 });
    expect(committed.law(tf.tensor1d([0, -1e6])).variance!()).toBeAllClose([1e-4], { rel: 1e-5 });
  });

  it('refuse what makes no sense', () => {
    expect(() => diagonalNormal(0)).toThrow(DomainError);
    expect(() => diagonalNormal(2, { floor: 1 })).toThrow(DomainError);
    expect(() => diagonalNormal(2, { committedRate: 0 })).toThrow(DomainError);
    expect(() => diagonalNormal(1, { committedRate: 20 })).toThrow(OptionError);
    expect(() => diagonalNormal(2, { rank: 1 } as never)).toThrow(OptionError);
    expect(() => lowRankNormal(2, 3)).toThrow(DomainError);
    expect(() => mixtureNormal(Key.from(1), 2, 0)).toThrow(DomainError);
    expect(() => mixtureNormal(Key.from(1), 2, 2, { scale: 0 })).toThrow(DomainError);
    expect(() => familyOf(standardNormal([2]))).toThrow(OptionError);
  });
});
