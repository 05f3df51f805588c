import { conditional, standardNormal } from '@pushforward/distributions';
import { maf, realNVP } from '@pushforward/flows';
import { Key, type Module } from '@pushforward/tensors';
import { expectNoLeak, integrate2d, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { diagonalNormal, elbo, familyOf, iwae, perceptron, VAE, vae } from '../index.js';

/** Weights that are not zero, as after training. */
function stir<T extends Module>(module: T): T {
  for (const [i, weight] of module.parameters().entries())
    weight.assign(tf.mul(0.4, Key.from(100 + i).normal(weight.shape)));
  return module;
}

/** Two numbers, the one the other's square and noise: no normal law. */
const bent = () => {
  const [forX, forNoise] = Key.from(1).split(2);
  const x = forX.normal([128, 1]);
  return tf.concat([x, tf.add(tf.square(x), tf.mul(0.2, forNoise.normal([128, 1])))], 1);
};

describe('a flow as the likelihood', () => {
  onEachEngine(() => {
    it('is a family of a decoder: a density for each z, with draws', () => {
      const likelihood = stir(
        familyOf(maf(Key.from(2), { features: 2, context: 4, transforms: 2, hidden: [8] })),
      );
      const model = vae(Key.from(3), { likelihood, latent: 3, decoder: perceptron([8]) });
      stir(model.likelihood);
      for (const z of [tf.zeros([3]), tf.tensor1d([1, -1, 2])]) {
        const law = model.likelihoodAt(z);
        const total = integrate2d((x) => tf.exp(law.logProb(x)), {
          samples: law.sample(Key.from(4), [200]),
        });
        expect(total).toBeAllClose(1, { abs: 5e-3 });
      }
      const [first, second] = [tf.zeros([3]), tf.ones([3])].map((z) =>
        model
          .likelihoodAt(z)
          .logProb(tf.zeros([2]))
          .dataSync(),
      );
      expect(first![0]).not.toBe(second![0]);
      expectNoLeak(() => model.sample(Key.from(5), [4]));
      const x = tf.zeros([4, 2]);
      expectNoLeak(() => model.loss({ x }, Key.from(6)));
    });
  });

  it('may read z itself, without a decoder', () => {
    const flow = realNVP(Key.from(2), { features: 2, context: 3, transforms: 2, hidden: [8] });
    const encoder = perceptron([8])(Key.from(3), { inputs: 2, outputs: 6 });
    const x = bent();
    for (const objective of [elbo(), iwae({ draws: 3 })]) {
      const model = new VAE({
        prior: standardNormal([3]),
        likelihood: flow,
        posterior: conditional(encoder, diagonalNormal(3)),
        objective,
      });
      expect(model.sample(Key.from(4), [5]).shape).toEqual([5, 2]);
      expect(Number.isFinite(model.loss({ x }, Key.from(5)).dataSync()[0])).toBe(true);
    }
  });

  it('learns a law that is not normal, through z or beside it', () => {
    const x = bent();
    const model = vae(Key.from(3), {
      likelihood: familyOf(
        maf(Key.from(2), { features: 2, context: 4, transforms: 2, hidden: [16] }),
      ),
      latent: 1,
      encoder: perceptron([8]),
      decoder: perceptron([8]),
    });
    const adam = tf.train.adam(0.02);
    const loss = (key: Key) => model.loss({ x }, key) as tf.Scalar;
    for (let i = 0; i < 60; i++) adam.minimize(() => loss(Key.from(i)), false, model.parameters());
    // A normal law of both has at best log(2 pi e) + log det S / 2 nats.
    const centred = tf.sub(x, tf.mean(x, 0));
    const [a, b, , d] = tf.div(tf.matMul(centred, centred, true, false), 128).dataSync();
    const normal = Math.log(2 * Math.PI * Math.E) + 0.5 * Math.log(a! * d! - b! * b!);
    expect(loss(Key.from(1000)).dataSync()[0]).toBeLessThan(normal - 0.3);
  });
});
