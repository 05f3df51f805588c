import {
  type Batch,
  DomainError,
  Key,
  type Module,
  OptionError,
  ShapeError,
} from '@pushforward/tensors';
import { expectNoLeak, jacobian, onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  convolutionalDecoder,
  convolutionalEncoder,
  discretisedLogistic,
  gaussian,
  vae,
} from '../index.js';

const image = { image: [7, 5, 2], channels: [3, 4] } as const;

/** Weights that are not zero, as after training. */
function stir<T extends Module>(module: T): T {
  for (const [i, weight] of module.parameters().entries())
    weight.assign(tf.mul(0.5, Key.from(100 + i).normal(weight.shape)));
  return module;
}

describe('convolutional networks', () => {
  onEachEngine(() => {
    it('read and give images of any size, and start at zero', () => {
      const encoder = convolutionalEncoder(image)(Key.from(1), { inputs: 70, outputs: 6 });
      const decoder = convolutionalDecoder(image)(Key.from(2), { inputs: 3, outputs: 140 });
      const x = Key.from(3).normal([4, 2, 70]);
      const z = Key.from(4).normal([4, 2, 3]);
      expect(encoder.apply(x)).toBeAllClose(tf.zeros([4, 2, 6]), {});
      expect(decoder.apply(z)).toBeAllClose(tf.zeros([4, 2, 140]), {});
      expect(encoder.namedParameters().has('path.weight')).toBe(true);
      const plain = convolutionalEncoder({ ...image, linearPath: false });
      const names = plain(Key.from(1), { inputs: 70, outputs: 6 }).namedParameters();
      expect([...names.keys()].some((name) => name.includes('path'))).toBe(false);
      expectNoLeak(() => encoder.apply(x));
      expectNoLeak(() => decoder.apply(z));
      expectNoLeak(() => {
        convolutionalDecoder(image)(Key.from(2), { inputs: 3, outputs: 140 }).dispose();
      });
    });

    it('give each pixel its own numbers', () => {
      const decoder = convolutionalDecoder(image)(Key.from(2), { inputs: 3, outputs: 140 });
      // The last layer tells all pixels the same: of both colours the first number is 3, the second 0.
      const bias = decoder.namedParameters().get('network.layers.1.bias')!;
      bias.assign(tf.tensor1d([3, 0, 3, 0]));
      const h = decoder.apply(tf.zeros([1, 3]));
      const normal = gaussian(70, { variance: 'predicted', scale: 0.5 }).law(h);
      expect(normal.mean!()).toBeAllClose(tf.fill([1, 70], 3), {});
      expect(normal.variance!()).toBeAllClose(tf.fill([1, 70], 0.25), { rel: 1e-6 });
      // Ten scales above the highest grey value.
      const grey = discretisedLogistic(70).law(h);
      expect(grey.logProb(tf.ones([70]))).toBeAllClose([70 * -Math.log1p(Math.exp(-10))], {
        abs: 1e-3,
      });
    });
  });

  it('of an encoder reads its context, and has layers that are not linear', () => {
    const shape = { image: [4, 4, 1], channels: [3, 4], linearPath: false } as const;
    const encoder = stir(convolutionalEncoder(shape)(Key.from(1), { inputs: 18, outputs: 2 }));
    const decoder = stir(convolutionalDecoder(shape)(Key.from(2), { inputs: 3, outputs: 16 }));
    const x = Key.from(3).normal([1, 18]);
    const [matrix] = jacobian((x) => encoder.apply(x), x);
    for (const row of matrix!) for (const slope of row.slice(16)) expect(slope).not.toBe(0);
    for (const network of [encoder, decoder]) {
      const [a, b] = Key.from(4)
        .split(2)
        .map((key) => key.normal([3, network.inputs]));
      // f(a + b) + f(0) = f(a) + f(b) where f is affine.
      const [sum, zero] = [tf.add(a!, b!), tf.zerosLike(a!)].map((x) => network.apply(x));
      const bend = tf.sub(tf.add(sum!, zero!), tf.add(network.apply(a!), network.apply(b!)));
      expect(tf.max(tf.abs(bend)).dataSync()[0]).toBeGreaterThan(0.01);
    }
  });

  it('train compiled as they do eagerly, with a context', async () => {
    const x = Key.from(1).bernoulli(0.3, [32, 70]);
    const context = Key.from(2).normal([32, 3]);
    const train = {
      length: 32,
      *batches(): Iterable<Batch> {
        for (const i of [0, 16]) yield { x: tf.slice(x, i, 16), context: tf.slice(context, i, 16) };
      },
    };
    const losses = async (compile: boolean) => {
      const model = vae(Key.from(3), {
        likelihood: bernoulli(70),
        latent: 2,
        context: 3,
        encoder: convolutionalEncoder(image),
        decoder: convolutionalDecoder(image),
      });
      const { history } = await fit(model, { train }, { key: Key.from(4), epochs: 4, compile });
      return history.map(({ trainLoss }) => trainLoss);
    };
    const eager = await losses(false);
    expect(await losses(true)).toBeAllClose(eager, { rel: 1e-4 });
    expect(eager.at(-1)!).toBeLessThan(eager[0]!);
  });

  it('refuse what is no image', () => {
    expect(() => convolutionalEncoder({ image: [7, 5] as never })).toThrow(DomainError);
    expect(() => convolutionalEncoder({ ...image, channels: [] })).toThrow(DomainError);
    expect(() => convolutionalDecoder({ ...image, stride: 2 } as never)).toThrow(OptionError);
    const sizes = { inputs: 69, outputs: 4 };
    expect(() => convolutionalEncoder(image)(Key.from(1), sizes)).toThrow(ShapeError);
    expect(() => convolutionalDecoder(image)(Key.from(1), sizes)).toThrow(ShapeError);
  });
});
