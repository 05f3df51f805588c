import { conditional, standardNormal } from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  categorical,
  continuousBernoulli,
  diagonalNormal,
  discretisedLogistic,
  elbo,
  type Family,
  fullNormal,
  gaussian,
  lowRankNormal,
  tempered,
  VAE,
} from '../index.js';

const families: Record<string, [Family, tf.Tensor]> = {
  'a predicted variance': [gaussian(2, { variance: 'predicted' }), Key.from(1).normal([40, 2])],
  'a full covariance': [fullNormal(2), Key.from(1).normal([40, 2])],
  'a low-rank covariance': [lowRankNormal(2, 1), Key.from(1).normal([40, 2])],
  'grey values': [continuousBernoulli(2), Key.from(1).uniform([40, 2])],
  'black and white': [
    bernoulli(2),
    tf.tensor2d([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]),
  ],
  choices: [categorical(1, 4), tf.tensor2d([[0], [1], [2], [3]])],
};

describe('tempered', () => {
  onEachEngine(() => {
    it.each(Object.entries(families))('is p^(1 / beta) and a density: %s', (_, [family, x]) => {
      for (const temperature of [0.4, 1, 5]) {
        const h = Key.from(2).normal([family.parameterCount]);
        const [cold, warm] = [family.law(h), tempered(family, temperature).law(h)];
        // The integral is a number that does not depend on x.
        const ratio = tf.sub(warm.logProb(x), tf.div(cold.logProb(x), temperature));
        expect(ratio).toBeAllClose(tf.fill(ratio.shape, tf.mean(ratio).dataSync()[0]!), {
          abs: 1e-4,
        });
        expect(warm.eventShape).toEqual(family.eventShape);
        const total = tf.sum(tf.exp(warm.logProb(x)));
        if (x.shape[0] === 4) expect(total).toBeAllClose(1, { abs: 1e-5 });
        else {
          // E q / p = 1 for draws of p, wider than q.
          const wide = tempered(family, Math.max(1, temperature) * 2).law(h);
          const [draws, logProb] = wide.sampleAndLogProb(Key.from(3), [20_000]);
          const weights = tf.exp(tf.sub(warm.logProb(draws), logProb));
          const { mean, variance } = tf.moments(weights);
          const error = Math.sqrt(variance.dataSync()[0]! / 20_000);
          expect(mean).toBeAllClose(1, { abs: 5 * error + 1e-4 });
        }
      }
    });

    it('differs from a weight by (beta - 1) / beta log sigma', () => {
      // At x - mean = 0.7, sigma = 0.5, beta = 4, without the constants.
      const family = gaussian(1, { scale: 0.5, floor: 1e-6 });
      const [stored] = family.parameters();
      const [mean, x, beta] = [tf.zeros([1]), tf.tensor1d([0.7]), 4];
      const cold = family.law(mean).logProb(x);
      const warm = tempered(family, beta).law(mean).logProb(x);
      const constant = 0.5 * Math.log(2 * Math.PI);
      const weighed = tf.div(tf.add(cold, constant), beta);
      const normalised = tf.add(warm, constant + 0.5 * Math.log(beta));
      expect(weighed).toBeAllClose(-0.07171, { abs: 1e-5 });
      expect(normalised).toBeAllClose(0.44815, { abs: 1e-5 });
      expect(tf.sub(weighed, normalised)).toBeAllClose(-0.51986, { abs: 1e-5 });
      const slope = (value: () => tf.Tensor) =>
        tf.variableGrads(() => value().asScalar(), [stored!]).grads[stored!.name]!;
      const ofWeighed = slope(() => tf.div(family.law(mean).logProb(x), beta));
      const ofTempered = slope(() => tempered(family, beta).law(mean).logProb(x));
      const ofScale = slope(() =>
        tf.mul(0.5 * ((beta - 1) / beta), tf.log(family.law(mean).variance!())),
      );
      expect(ofWeighed).toBeAllClose(tf.add(ofTempered, ofScale), { abs: 1e-5 });
    });

    it('learns a variance beta times as small, where a weight leaves it', () => {
      const beta = 3;
      const x = tf.mul(0.8, Key.from(4).normal([500, 2]));
      const square = tf.mean(tf.square(x)).dataSync()[0]!;
      const start = { initialiser: zeros, bias: zeros };
      const slopeAt = (variance: number, isTempered: boolean) => {
        const family = gaussian(2, { scale: Math.sqrt(variance), floor: 1e-6 });
        const [stored] = family.parameters();
        const model = new VAE({
          prior: standardNormal([1]),
          likelihood: conditional(
            new Linear(Key.from(1), 1, 2, start),
            isTempered ? tempered(family, beta) : family,
          ),
          posterior: conditional(new Linear(Key.from(1), 2, 2, start), diagonalNormal(1)),
          objective: isTempered ? elbo() : elbo({ beta }),
        });
        expect(model.parameters()).toContain(stored);
        const { grads } = tf.variableGrads(
          () => model.loss({ x }, Key.from(5)).asScalar(),
          [stored!],
        );
        return grads[stored!.name]!.dataSync()[0]!;
      };
      expect(slopeAt(square, false)).toBeAllClose(0, { abs: 1e-3 });
      expect(slopeAt(square / beta, true)).toBeAllClose(0, { abs: 1e-3 });
      expect(slopeAt(square, true)).toBeGreaterThan(0.1);
      expect(slopeAt(square / beta, false)).toBeLessThan(-0.1);
    });

    it('leaves no tensor behind', () => {
      const family = fullNormal(2);
      expectNoLeak(() => {
        tempered(family, 2);
      });
    });
  });

  it('refuses what has no tempered form', () => {
    expect(() => tempered(bernoulli(2), 0)).toThrow(DomainError);
    expect(() => tempered(discretisedLogistic(2, { levels: 4 }), 2)).toThrow(OptionError);
    // Its loss is the least over the variance, at any temperature.
    expect(() => tempered(gaussian(2, { variance: 'batch' }), 2)).toThrow(OptionError);
  });
});
