import { Affine } from '@pushforward/bijectors';
import { DiagonalNormal, MultivariateNormal } from '@pushforward/distributions';
import { MLP } from '@pushforward/nn';
import {
  cholesky,
  DomainError,
  Key,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import { expectNoLeak, integrate2d, jacobian, logAbsDet, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { convolutionalFeatures, haarWavelets, metricGaussian, perceptron, vae } from '../index.js';

const maps = {
  images: haarWavelets({ shape: [4, 4, 1], weights: [0.5, 2, 3] }),
  'images of two channels': haarWavelets({ shape: [2, 4, 2], weights: [0.5, 2] }),
  sequences: haarWavelets({ shape: [16, 1], weights: [0.5, 2, 1, 3] }),
  'numbers as they are': haarWavelets({ shape: [16, 1], weights: [0.5] }),
};

describe('haarWavelets', () => {
  onEachEngine(() => {
    it.each(Object.entries(maps))(
      'of %s are inverted, with the volume of their derivative',
      (_, map) => {
        const x = Key.from(1).normal([2, 3, 16]);
        const [y, logDet] = map.forwardAndLogDet(x);
        const [back, ofInverse] = map.inverseAndLogDet(y);
        expect([y.shape, logDet.shape]).toEqual([
          [2, 3, 16],
          [2, 3],
        ]);
        expect(back).toBeAllClose(x, { abs: 1e-5 });
        expect(ofInverse).toBeAllClose(tf.neg(logDet), {});
        const [matrix] = jacobian((x) => map.forward(x), tf.zeros([1, 16]));
        expect(logDet).toBeAllClose(tf.fill([2, 3], logAbsDet(matrix!)), { abs: 1e-4 });
        expectNoLeak(() => map.forwardAndLogDet(x));
        expectNoLeak(() => map.inverseAndLogDet(x));
      },
    );

    it('keep lengths where all weights are 1, and tell bands apart', () => {
      const map = haarWavelets({ shape: [4, 4, 1], weights: [1, 1, 1] });
      const x = Key.from(1).normal([5, 16]);
      const lengths = (x: Tensor) => tf.sum(tf.square(x), -1);
      expect(lengths(map.forward(x))).toBeAllClose(lengths(x), { rel: 1e-5 });
      const flat = map.forward(tf.ones([16]));
      expect(flat).toBeAllClose([...Array<number>(15).fill(0), 4], { abs: 1e-6 });
      // Alternating columns are details of the finest kind only.
      const stripes = map.forward(
        tf.tensor1d(Array.from({ length: 16 }, (_, i) => (i % 2 ? -1 : 1))),
      );
      const values = [...stripes.dataSync()];
      expect(Math.hypot(...values.slice(0, 12))).toBeCloseTo(4, 5);
      expect(Math.hypot(...values.slice(12))).toBeCloseTo(0, 5);
    });
  });
});

describe('metricGaussian', () => {
  onEachEngine(() => {
    it('of wavelets is the normal law whose distance is that of its features', () => {
      const map = maps.sequences;
      const family = metricGaussian(16, map, { variance: 'fixed', scale: 0.7 });
      const centre = Key.from(1).normal([3, 16]);
      const law = family.law(centre);
      // phi(x) = x A: the covariance is sigma^2 (A A^T)^-1.
      const A = map.forward(tf.eye(16));
      const inverse = map.inverse(tf.eye(16));
      expect(tf.matMul(A, inverse)).toBeAllClose(tf.eye(16), { abs: 1e-5 });
      const covariance = tf.mul(0.49, tf.matMul(inverse, inverse, true, false));
      const x = Key.from(2).normal([3, 16]);
      expect(law.logProb(x)).toBeAllClose(
        new MultivariateNormal(centre, cholesky(covariance)).logProb(x),
        { rel: 1e-4 },
      );
      const draws = tf.sub(law.sample(Key.from(3), [4000]), centre);
      const flat = tf.reshape(draws, [12_000, 16]);
      const found = tf.div(tf.matMul(flat, flat, true, false), 12_000);
      const deviations = tf.sqrt(tf.sum(tf.mul(covariance, tf.eye(16)), -1, true));
      const errors = tf.div(
        tf.sub(found, covariance),
        tf.matMul(deviations, deviations, false, true),
      );
      // A sample covariance has a deviation of at most sqrt(2 / n) of the product of the two.
      expect(tf.max(tf.abs(errors)).dataSync()[0]).toBeLessThan(6 * Math.sqrt(2 / 12_000));
    });

    it('of a bijection integrates to 1', () => {
      for (const map of [haarWavelets({ shape: [2, 1], weights: [3, 0.5] }), new Affine(1, 2)]) {
        const law = metricGaussian(2, map, { scale: 0.8 }).law(tf.tensor1d([0.3, -0.5]));
        const total = integrate2d((x) => tf.exp(law.logProb(x)), {
          samples: law.sample(Key.from(2), [200]),
        });
        expect(total).toBeAllClose(1, { abs: 5e-3 });
      }
    });

    it('of a network is the law of its features, with their constants', () => {
      const map = convolutionalFeatures(Key.from(1), { image: [5, 4, 2], channels: [3, 2] });
      expect([map.inputs, map.outputs]).toEqual([40, 40 + 6 * 3 + 2 * 2]);
      const family = metricGaussian(40, map, { scale: 0.3 });
      const [centre, x] = [Key.from(2).normal([6, 40]), Key.from(3).normal([2, 6, 40])];
      const law = family.law(centre);
      const ofFeatures = new DiagonalNormal(map.apply(centre), 0.3).logProb(map.apply(x));
      expect(law.logProb(x)).toBeAllClose(ofFeatures, { rel: 1e-5 });
      const most = -62 * (Math.log(0.3) + 0.5 * Math.log(2 * Math.PI));
      expect(law.logProb(centre)).toBeAllClose(tf.fill([6], most), { rel: 1e-5 });
      expect(law.sample(Key.from(4), [2])).toBeAllClose(tf.stack([centre, centre]), {});
      expectNoLeak(() => law.logProb(x));
      expectNoLeak(() => law.sample(Key.from(4)));
    });

    it('of random convolutions has features as large as the image, at every size', () => {
      const channels = [64, 64];
      const map = convolutionalFeatures(Key.from(1), { image: [32, 32, 1], channels });
      const flat = map.apply(Key.from(2).normal([4, 1024]));
      const sizes = [32 * 32, 16 * 16 * 64, 8 * 8 * 64];
      const squares = tf.split(flat, sizes, -1).map((part) => tf.mean(tf.square(part)));
      // But for the borders, where windows read zeros.
      expect(tf.stack(squares)).toBeAllClose([1, 1, 1], { abs: 0.2 });
    });

    it('takes two images apart by what they show, not by single pixels', () => {
      // A pattern and the same a pixel further differ as much as it and noise do, pixel by pixel; less in what is
      // coarse.
      const map = haarWavelets({ shape: [8, 8, 1], weights: [1, 2, 4] });
      const column = (shift: number) =>
        tf.tensor1d(Array.from({ length: 64 }, (_, i) => Number((i % 8) - shift === 2)));
      const [here, there] = [column(0), column(1)];
      const signs = tf.sub(tf.mul(2, Key.from(1).bernoulli(0.5, [64])), 1);
      const distance = tf.sqrt(tf.sum(tf.square(tf.sub(here, there))));
      const noise = tf.add(here, tf.mul(tf.div(distance, 8), signs));
      const law = metricGaussian(64, map, { variance: 'fixed' }).law(here);
      const plain = new DiagonalNormal(here, 1);
      expect(plain.logProb(there)).toBeAllClose(plain.logProb(noise), { rel: 1e-5 });
      expect(law.logProb(there).dataSync()[0]).toBeGreaterThan(
        law.logProb(noise).dataSync()[0]! + 1,
      );
    });
  });

  it('learns sigma as the mean square of differences, and leaves features as they are', () => {
    const map = new MLP(Key.from(1), { inputs: 3, outputs: 5, hidden: [4], activation: 'tanh' });
    const family = metricGaussian(3, map);
    expect(family.parameters().length).toBe(1);
    expect(family.namedVariables().size).toBe(5);
    const [x, centre] = [Key.from(2).normal([50, 3]), tf.zeros([50, 3])];
    const square = tf.mean(tf.square(tf.sub(map.apply(x), map.apply(centre)))).dataSync()[0]!;
    const adam = tf.train.adam(0.1);
    const loss = () => family.law(centre).loss({ x }, Key.from(3)) as tf.Scalar;
    for (let i = 0; i < 150; i++) adam.minimize(loss, false, family.parameters());
    const least = 2.5 * (Math.log(2 * Math.PI * square) + 1);
    expect(loss()).toBeAllClose(least, { abs: 1e-3 });
  });

  it('is a likelihood whose model draws centres', () => {
    const likelihood = metricGaussian(16, convolutionalFeatures(Key.from(1), { image: [4, 4, 1] }));
    const model = vae(Key.from(2), {
      likelihood,
      latent: 2,
      encoder: perceptron([4]),
      decoder: perceptron([4]),
    });
    expect(model.sample(Key.from(3), [5])).toBeAllClose(tf.zeros([5, 16]), {});
    expect(() => model.reconstruct(Key.from(3), tf.zeros([5, 16]))).toThrow(OptionError);
  });

  it('refuses what does not go together', () => {
    const map = maps.sequences;
    expect(() =>
      metricGaussian(3, new MLP(Key.from(1), { inputs: 2, outputs: 5, hidden: [] })),
    ).toThrow(ShapeError);
    expect(() => metricGaussian(16, map, { variance: 'fixed', floor: 0.1 })).toThrow(OptionError);
    expect(() => metricGaussian(16, map, { variance: 'batch' as never })).toThrow(OptionError);
    expect(() => metricGaussian(16, map, { scale: 0 })).toThrow(DomainError);
    expect(() => haarWavelets({ shape: [6, 1], weights: [1, 1, 1] })).toThrow(DomainError);
    expect(() => haarWavelets({ shape: [6, 1], weights: [] })).toThrow(DomainError);
    expect(() => haarWavelets({ shape: [6, 1], weights: [0] })).toThrow(DomainError);
    expect(() => haarWavelets({ shape: [6] as never, weights: [1] })).toThrow(DomainError);
    expect(() => convolutionalFeatures(Key.from(1), { image: [4, 4] as never })).toThrow(
      DomainError,
    );
    expect(() =>
      convolutionalFeatures(Key.from(1), { image: [4, 4, 1], depth: 2 } as never),
    ).toThrow(OptionError);
  });
});
