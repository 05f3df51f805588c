import { Key, type Tensor } from '@pushforward/tensors';
import '@pushforward/testing';
import { realNVP } from '@pushforward/flows';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../test/inOrder.js';
import {
  autoregressive,
  bernoulli,
  convolutionalFeatures,
  type Family,
  familyOf,
  gaussian,
  gru,
  haarWavelets,
  iwae,
  laplacianPyramid,
  metricGaussian,
  perceptron,
  pixelCNN,
  VAE,
  vae,
} from '../index.js';

/** 4 x 4 numbers with one pattern of four and noise. */
function patterns(noise: number): Tensor {
  const [forKind, forNoise] = Key.from(1).split(2);
  const kinds = tf.oneHot(forKind.categorical(tf.zeros([4]), [64]), 4);
  const shapes = tf.tensor2d([
    [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1],
    [0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0],
    [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0],
  ]);
  return tf.add(
    tf.matMul(tf.cast(kinds, 'float32') as tf.Tensor2D, shapes),
    tf.mul(noise, forNoise.normal([64, 16])),
  );
}

const continuous: Record<string, () => Family> = {
  'a full covariance for all': () => gaussian(16, { covariance: 'full' }),
  'a predicted full covariance': () => gaussian(16, { variance: 'predicted', covariance: 'full' }),
  'a low-rank covariance for all': () => gaussian(16, { covariance: { rank: 2 } }),
  'a predicted low-rank covariance': () =>
    gaussian(16, { variance: 'predicted', covariance: { rank: 2 } }),
  'a pyramid of images': () =>
    laplacianPyramid(Key.from(2), { shape: [4, 4, 1], hidden: [4], variance: 'predicted' }),
  'a distance of wavelets': () =>
    metricGaussian(16, haarWavelets({ shape: [4, 4, 1], weights: [1, 2, 4] })),
  'a distance of features': () =>
    metricGaussian(16, convolutionalFeatures(Key.from(2), { image: [4, 4, 1], channels: [4] })),
  'a flow': () =>
    familyOf(realNVP(Key.from(2), { features: 16, context: 4, transforms: 2, hidden: [8] })),
  'a pyramid of sequences': () => laplacianPyramid(Key.from(2), { shape: [16, 1], hidden: [4] }),
};

const binary: Record<string, () => Family> = {
  'masked convolutions': () =>
    autoregressive(
      Key.from(2),
      bernoulli(16),
      pixelCNN({ image: [4, 4, 1], hidden: 4, layers: 1, reach: 2 }),
    ),
  'a gated recurrent unit': () =>
    autoregressive(Key.from(2), bernoulli(16), gru({ steps: 4, hidden: 8 })),
};

describe('likelihoods in training', () => {
  it.each(Object.entries(binary))('%s: compiled as eagerly, and better', async (_, likelihood) => {
    const black = tf.cast(tf.greater(patterns(0.3), 0.5), 'float32');
    await trains(likelihood, black);
  });

  it.each(Object.entries(continuous))(
    '%s: compiled as eagerly, and better',
    async (_, likelihood) => {
      await trains(likelihood, patterns(0.1));
    },
  );
});

async function trains(family: () => Family, x: Tensor): Promise<void> {
  const run = async (compile: boolean) => {
    const model = vae(Key.from(3), {
      likelihood: family(),
      latent: 2,
      encoder: perceptron([8], 'tanh'),
      decoder: perceptron([8], 'tanh'),
    });
    const options = { key: Key.from(4), epochs: 4, batchSize: 16, learningRate: 0.01, compile };
    const { history } = await fit(model, { train: inOrder(x) }, options);
    const { prior, likelihood, posterior } = model;
    const many = new VAE({ prior, likelihood, posterior, objective: iwae({ draws: 5 }) });
    return {
      losses: history.map(({ trainLoss }) => trainLoss),
      tighter: many.loss({ x }, Key.from(5)).dataSync()[0]!,
    };
  };
  const [eager, compiled] = [await run(false), await run(true)];
  expect(compiled.losses).toBeAllClose(eager.losses, { abs: 1e-4, rel: 1e-4 });
  const [first, last] = [eager.losses[0]!, eager.losses.at(-1)!];
  expect(last).toBeLessThan(first - 0.5);
  // Several draws of z for each x find their likelihoods side by side.
  expect(eager.tighter).toBeLessThan(last);
}
