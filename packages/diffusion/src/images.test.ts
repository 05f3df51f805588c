/** Images are events as vectors are: all is the same but its shape. */
import { TimedMLP, TimedNetwork } from '@pushforward/nn';
import { Key, type Tensor, useEngine } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ancestral,
  ddim,
  decode,
  draw,
  encode,
  flowMatching,
  guided,
  heun,
  hybridLoss,
  interpolate,
  linearBetas,
  lowerBound,
  networkDenoiser,
  predictorCorrector,
  probabilityFlow,
  simple,
  uniPC,
  varianceExploding,
  variational,
} from './index.js';

beforeAll(async () => {
  await useEngine('wasm');
});

/** A network of six numbers as one of images of 3 x 2 pixels, with the variances as another channel. */
class OfImages extends TimedNetwork {
  override readonly eventShape = [3, 2, 1];
  override readonly outputShape = [3, 2, 2];
  override readonly contextSize = 1;

  constructor(readonly network: TimedMLP) {
    super();
  }

  override apply(x: Tensor, t: Tensor, context?: Tensor): Tensor {
    const rows = this.network.apply(tf.reshape(x, [-1, 6]), t, context);
    const channels = tf.split(rows, 2, 1).map((half) => tf.reshape(half, [-1, 3, 2]));
    return tf.stack(channels, 3);
  }
}

const network = new TimedMLP(Key.from(1), {
  ...{ features: 6, outputs: 12, context: 1, hidden: [8], lastScale: 1, timeScale: 3 },
});
const options = { predicts: 'velocity', dataScale: 0.7 } as const;
const pairOn = (schedule = linearBetas({ steps: 8 })) =>
  [network, new OfImages(network)].map((network) =>
    networkDenoiser(network, schedule, options),
  ) as [ReturnType<typeof networkDenoiser>, ReturnType<typeof networkDenoiser>];
const [vectors, images] = pairOn();
const toImages = (x: Tensor) => tf.reshape(x, [...x.shape.slice(0, -1), 3, 2, 1]);
const toVectors = (x: Tensor) => tf.reshape(x, [...x.shape.slice(0, -3), 6]);
// Levels of nine, for the bound of discrete data.
const x = tf.div(tf.clipByValue(tf.round(tf.mul(2, Key.from(2).normal([5, 6]))), -4, 4), 4);
const context = Key.from(3).normal([5, 1]);
const close = { abs: 1e-4, rel: 1e-4 };

describe('images', () => {
  it.each([
    ['simple', simple()],
    ['flow matching', flowMatching()],
    ['hybrid', hybridLoss()],
    ['a bound', variational()],
    ['all of a bound', variational({ terms: 'all', variance: 'posterior' })],
    ['a bound of a learned variance', variational({ terms: 'all', variance: 'learned' })],
    ['a bound of discrete data', variational({ terms: 'all', variance: 'learned', levels: 9 })],
    ['a bound in continuous time', variational({ steps: Infinity })],
  ])('have the losses of vectors: %s', async (_, objective) => {
    const expected = objective.rowLosses(vectors, { x, context }, Key.from(4));
    const told = objective.rowLosses(images, { x: toImages(x), context }, Key.from(4));
    expect(told.shape).toEqual([5]);
    expect(told).toBeAllClose(expected, close);
    const [bound, same] = await Promise.all([
      lowerBound(Key.from(5), vectors, x, { objective, context, draws: 1, compile: false }),
      lowerBound(Key.from(5), images, toImages(x), {
        objective,
        context,
        draws: 1,
        compile: false,
      }),
    ]);
    expect(same).toBeAllClose(bound, close);
  });

  it.each([
    ['ancestral', ancestral({ variance: 'learned' })],
    ['ddim', ddim({ eta: 0.5 })],
    ['heun', heun()],
    ['uniPC', uniPC()],
    ['predictorCorrector', predictorCorrector()],
  ])('are drawn as vectors are: %s', (_, sampler) => {
    const by = (denoiser: typeof vectors) =>
      draw(Key.from(6), guided(denoiser, { scale: 2 }), { sampler }, [2], context);
    const drawn = by(images);
    expect(drawn.shape).toEqual([2, 5, 3, 2, 1]);
    expect(toVectors(drawn)).toBeAllClose(by(vectors), { abs: 1e-3, rel: 1e-3 });
  });

  it('follow the probability-flow equation as vectors do', () => {
    const tolerances = { rtol: 1e-3, atol: 1e-3 };
    const [vectors, images] = pairOn(varianceExploding({ sigmaMax: 3 }));
    const z = encode(vectors, x, tolerances, context);
    expect(toVectors(encode(images, toImages(x), tolerances, context))).toBeAllClose(z, close);
    const back = decode(images, toImages(z), tolerances, context);
    expect(toVectors(back)).toBeAllClose(decode(vectors, z, tolerances, context), close);
    const logProb = probabilityFlow(vectors, tolerances).logProb(x, context);
    const same = probabilityFlow(images, tolerances).logProb(toImages(x), context);
    expect(same).toBeAllClose(logProb, { abs: 1e-3 });
    const draws = probabilityFlow(images, tolerances).sample(Key.from(7), [2], context);
    expect(toVectors(draws)).toBeAllClose(
      probabilityFlow(vectors, tolerances).sample(Key.from(7), [2], context),
      close,
    );
    const [from, to] = [x, tf.reverse(x, 0)];
    const way = interpolate(vectors, from, to, [0.3, 0.5], tolerances, context);
    const turned = [toImages(from), toImages(to)] as const;
    expect(toVectors(interpolate(images, ...turned, [0.3, 0.5], tolerances, context))).toBeAllClose(
      way,
      close,
    );
  });
});
