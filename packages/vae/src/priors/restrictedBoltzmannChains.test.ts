/** Where the chains of a restricted Boltzmann machine that has no exact normaliser start, and how far they go. */
import { Key } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { restrictedBoltzmann } from '../index.js';

describe('chains of a restricted Boltzmann machine', () => {
  onEachEngine(() => {
    it.each([false, true])('start from the data where none are kept (joint: %s)', (joint) => {
      // Each hidden unit copies a visible one and the other way round, and the last visible one is off, so that chains
      // stay where they start.
      const sizes = { visible: 14, hidden: 13, joint };
      const law = restrictedBoltzmann(Key.from(1), { ...sizes, chains: 0, steps: 2 });
      law.units.weight.assign(
        tf.pad(tf.mul(60, tf.eye(13)), [
          [0, 1],
          [0, 0],
        ]),
      );
      law.units.visibleBias.assign(tf.fill([14], -30));
      law.units.hiddenBias.assign(tf.fill([13], -30));
      const h = Key.from(2).bernoulli(0.2, [40, 13]);
      const v = tf.concat([h, tf.zeros([40, 1])], 1);
      const x = joint ? tf.concat([v, h], 1) : v;
      const { grads } = tf.variableGrads(
        () => law.loss({ x }, Key.from(3)).asScalar(),
        law.parameters(),
      );
      for (const g of Object.values(grads)) expect(g).toBeAllClose(tf.zerosLike(g), { abs: 1e-5 });
    });

    it('are needed from 13 units of the smaller layer on, where the law starts near fair coins too', () => {
      const make = (hidden: number) => restrictedBoltzmann(Key.from(1), { visible: 14, hidden });
      const [exact, other] = [make(12), make(13)];
      expect([exact.isExact, exact.chains]).toEqual([true, undefined]);
      expect([other.isExact, other.chains!.shape]).toEqual([false, [100, 14]]);
      const x = Key.from(2).bernoulli(0.5, [20, 14]);
      for (const law of [exact, other])
        expect(law.logProb(x)).toBeAllClose(tf.fill([20], -14 * Math.LN2), { abs: 0.2 });
    });

    it('take as many steps as asked for, from where they were left', () => {
      const sizes = { visible: 14, hidden: 13, steps: 3, chains: 20 };
      const law = restrictedBoltzmann(Key.from(1), sizes);
      const x = Key.from(2).bernoulli(0.2, [5, 14]);
      for (const seed of [3, 4]) {
        const expected = law.units.gibbs(Key.from(seed), tf.clone(law.chains!), 3);
        law.loss({ x }, Key.from(seed));
        expect(law.chains!).toBeAllClose(expected, {});
      }
    });
  });
});
