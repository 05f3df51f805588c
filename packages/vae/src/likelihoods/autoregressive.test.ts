import { Autoregressive, Conditioner } from '@pushforward/conditioners';
import {
  DomainError,
  Key,
  type Module,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import { expectNoLeak, jacobian, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  autoregressive,
  bernoulli,
  type ConditionerBuilder,
  categorical,
  diagonalNormal,
  fullNormal,
  gaussian,
  gru,
  perceptron,
  pixelCNN,
  vae,
} from '../index.js';

const made: ConditionerBuilder = (key, sizes) =>
  new Autoregressive(key, { ...sizes, hidden: [16] });

/** Networks for images of 2 x 4 pixels, or 2 x 2 of two channels. */
const networks: Record<string, ConditionerBuilder> = {
  pixelCNN: pixelCNN({ image: [2, 4, 1], hidden: 6, layers: 1, reach: 1 }),
  'pixelCNN of two channels': pixelCNN({ image: [2, 2, 2], hidden: 6, layers: 1, reach: 1 }),
  'a gru of rows': gru({ steps: 2, hidden: 5 }),
  'a gru of numbers': gru({ steps: 8, hidden: 5 }),
  made,
};

/** Weights that are not zero, as after training. */
function stir<T extends Module>(module: T, size = 0.7): T {
  for (const [i, weight] of module.parameters().entries())
    weight.assign(tf.mul(size, Key.from(100 + i).normal(weight.shape)));
  return module;
}

/** All black-and-white images of so many pixels, `[2^D, D]`. */
const allImages = (size: number) =>
  tf.tensor2d(
    Array.from({ length: 2 ** size }, (_, n) =>
      Array.from({ length: size }, (_, i) => (n >> i) & 1),
    ),
    undefined,
    'float32',
  );

describe('autoregressive', () => {
  onEachEngine((engine) => {
    describe.each(Object.entries(networks))('%s', (_, network) => {
      it('has probabilities that add up to 1 over all images', () => {
        const family = stir(autoregressive(Key.from(1), bernoulli(8), network));
        const law = family.law(Key.from(2).normal([3, 8]));
        const logProb = law.logProb(tf.expandDims(allImages(8), 1));
        expect(logProb.shape).toEqual([256, 3]);
        expect(tf.sum(tf.exp(logProb), 0)).toBeAllClose([1, 1, 1], { abs: 1e-5 });
      });

      // The plain engine is too slow for so many draws, and its steps are the same.
      if (engine !== 'cpu')
        it('draws images as often as it says', () => {
          const family = stir(autoregressive(Key.from(1), bernoulli(8), network));
          const law = family.law(tf.mul(0.5, Key.from(2).normal([8])));
          const count = 4000;
          const draws = law.sample(Key.from(3), [count]);
          const places = tf.tensor1d(Array.from({ length: 8 }, (_, i) => 2 ** i));
          const numbers = tf.sum(tf.mul(draws, places), -1).dataSync();
          const seen = new Float64Array(256);
          for (const n of numbers) seen[n]! += 1;
          // Pearson's statistic over the images that are expected five times, the others together: its mean is one less
          // than their number, and a chi-squared law exceeds that by 6 deviations with probability below 1e-6.
          const expected = [...tf.exp(law.logProb(allImages(8))).dataSync()].map((p) => p * count);
          let [chi, cells, rare, rarelySeen] = [0, 0, 0, 0];
          for (const [n, e] of expected.entries())
            if (e >= 5) {
              chi += (seen[n]! - e) ** 2 / e;
              cells += 1;
            } else {
              rare += e;
              rarelySeen += seen[n]!;
            }
          if (rare > 5) chi += (rarelySeen - rare) ** 2 / rare;
          expect(cells).toBeGreaterThan(20);
          expect(chi).toBeLessThan(cells + 6 * Math.sqrt(2 * cells));
        });

      it('starts as its family, whatever came before', () => {
        const family = autoregressive(Key.from(1), bernoulli(8), network);
        const h = Key.from(2).normal([5, 8]);
        const x = Key.from(3).bernoulli(0.5, [5, 8]);
        expect(family.law(h).logProb(x)).toBeAllClose(bernoulli(8).law(h).logProb(x), {
          abs: 1e-5,
        });
      });

      it('broadcasts and leaves no tensor behind', () => {
        const family = stir(autoregressive(Key.from(1), bernoulli(8), network));
        const h = Key.from(2).normal([4, 5, 8]);
        const x = Key.from(3).bernoulli(0.5, [5, 8]);
        const each = tf.stack(tf.unstack(h).map((h) => family.law(h).logProb(x)));
        expect(family.law(h).logProb(x)).toBeAllClose(each, { abs: 1e-5, rel: 1e-5 });
        expectNoLeak(() => family.law(h).logProb(x));
        expectNoLeak(() => family.law(h).sample(Key.from(4), [2]));
        expectNoLeak(() => {
          autoregressive(Key.from(1), bernoulli(8), network).dispose();
        });
      });
    });

    it('draws classes and numbers of any kind', () => {
      const classes = stir(
        autoregressive(Key.from(1), categorical(4, 3), gru({ steps: 2 }), { unit: 2 }),
      );
      const law = classes.law(Key.from(2).normal([6, 12]));
      const x = law.sample(Key.from(3), [2]);
      expect([x.dtype, x.shape]).toEqual(['int32', [2, 6, 4]]);
      expect(law.logProb(x).shape).toEqual([2, 6]);
      const normal = stir(
        autoregressive(
          Key.from(1),
          gaussian(4, { variance: 'predicted' }),
          pixelCNN({ image: [2, 2, 1] }),
        ),
        0.3,
      );
      const [y, logProb] = normal.law(tf.zeros([6, 8])).sampleAndLogProb(Key.from(3), [2]);
      expect(y.shape).toEqual([2, 6, 4]);
      expect(tf.all(tf.isFinite(logProb)).dataSync()[0]).toBe(1);
    });

    it.each([1, 2])('of normal numbers is a normal law, with a memory of one step', (unit) => {
      // x_1 ~ N(0, s^2), x_i = a x_{i - 1} + N(0, s^2), by a conditioner of one weight, which reads x in the unit.
      const family = autoregressive(
        Key.from(1),
        gaussian(3, { variance: 'fixed', scale: 0.5 }),
        () => new OneStep(3, unit * 0.8),
        { unit },
      );
      const x = Key.from(2).normal([10, 3]);
      const [a, s] = [0.8, 0.5];
      const rows = (x.arraySync() as number[][]).map(([x1, x2, x3]) => {
        const square = x1! ** 2 + (x2! - a * x1!) ** 2 + (x3! - a * x2!) ** 2;
        return -square / (2 * s * s) - 3 * Math.log(s) - 1.5 * Math.log(2 * Math.PI);
      });
      expect(family.law(tf.zeros([3])).logProb(x)).toBeAllClose(rows, { abs: 1e-5, rel: 1e-5 });
      const draws = family.law(tf.zeros([3])).sample(Key.from(3), [40_000]);
      // Var x_3 = s^2 (1 + a^2 + a^4); a sample variance has deviation sqrt(2 / n) of it.
      const variance = s * s * (1 + a ** 2 + a ** 4);
      const last = tf.slice(draws, [0, 2], [-1, 1]);
      expect(tf.mean(tf.square(last))).toBeAllClose(variance, { rel: 5 * Math.sqrt(2 / 40_000) });
    });
  });

  it.each(Object.entries(networks))(
    '%s: reads what its graph says and nothing else',
    (_, network) => {
      const conditioner = stir(network(Key.from(1), { features: 8, parameters: 2, context: 8 }));
      const context = Key.from(2).normal([20, 8]);
      const f = (x: Tensor) => tf.reshape(conditioner.parametersOf(x, context), [20, 16]);
      const slopes = jacobian(f, Key.from(3).normal([20, 8]));
      for (let o = 0; o < 16; o++)
        for (let j = 0; j < 8; j++) {
          const largest = Math.max(...slopes.map((rows) => Math.abs(rows[o]![j]!)));
          if (conditioner.adjacency[o >> 1]![j] === 1) expect(largest).toBeGreaterThan(0);
          else expect(largest).toBe(0);
        }
    },
  );

  it('has no blind spot, and draws what is out of reach of each other at once', () => {
    const sizes = { features: 35, parameters: 1, context: 35 };
    const near = pixelCNN({ image: [5, 7, 1], hidden: 4, layers: 1, reach: 1 })(Key.from(1), sizes);
    expect(near.depth).toBe(4 * 3 + 6);
    // The last pixel but two of the third row reads two to both sides of it in both rows above.
    const reads = (conditioner: Conditioner, i: number) =>
      conditioner.adjacency[i]!.flatMap((one, j) => (one === 1 ? [j] : []));
    expect(reads(near, 18)).toEqual([2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17]);
    const far = pixelCNN({ image: [5, 7, 1], hidden: 4, layers: 4 })(Key.from(1), sizes);
    expect(far.depth).toBe(34);
    expect(reads(far, 34)).toEqual(Array.from({ length: 34 }, (_, i) => i));
  });

  it('learns what comes after what, where its family alone cannot', () => {
    // The second number repeats the first: log 2 nats with memory, two of them without.
    const first = Key.from(1).bernoulli(0.5, [64, 1]);
    const x = tf.concat([first, first], 1);
    const loss = (memory: boolean) => {
      const family = memory
        ? autoregressive(Key.from(2), bernoulli(2), gru({ steps: 2, hidden: 4 }))
        : bernoulli(2);
      const h = tf.variable(tf.zeros([2]));
      const adam = tf.train.adam(0.1);
      const law = () => family.law(h).loss({ x }, Key.from(3)) as tf.Scalar;
      for (let i = 0; i < 80; i++) adam.minimize(law, false, [h, ...family.parameters()]);
      return law().dataSync()[0]!;
    };
    expect(loss(true)).toBeLessThan(Math.LN2 + 0.02);
    expect(loss(false)).toBeGreaterThan(2 * Math.LN2 - 0.05);
  });

  it('has the loss of its family, such as the best variance of a batch', () => {
    const family = gaussian(4, { variance: 'batch' });
    const law = autoregressive(Key.from(1), family, made).law(tf.zeros([6, 4]));
    const x = Key.from(2).normal([6, 4]);
    const least = 2 * Math.log(2 * Math.PI * Math.E * tf.mean(tf.square(x)).dataSync()[0]!);
    expect(law.loss({ x }, Key.from(3))).toBeAllClose(least, { abs: 1e-5 });
  });

  it('is a likelihood like any other, with a context too', () => {
    const likelihood = stir(
      autoregressive(Key.from(1), bernoulli(8), gru({ steps: 2, hidden: 4 })),
    );
    const model = vae(Key.from(2), {
      likelihood,
      latent: 2,
      context: 3,
      encoder: perceptron([4]),
      decoder: perceptron([4]),
    });
    const context = Key.from(3).normal([5, 3]);
    const x = model.sample(Key.from(4), [], context);
    expect(x.shape).toEqual([5, 8]);
    expect(model.loss({ x, context }, Key.from(5)).shape).toEqual([]);
    expect(() => model.reconstruct(Key.from(6), x, context)).toThrow(OptionError);
    expect([...model.namedParameters().keys()].some((name) => name.includes('recall'))).toBe(true);
  });

  it('refuses what does not go together', () => {
    const key = Key.from(1);
    const refused = (build: () => unknown) => expect(build);
    refused(() => autoregressive(key, fullNormal(3), made)).toThrow(OptionError);
    refused(() => autoregressive(key, diagonalNormal(3), made)).toThrow(OptionError);
    refused(() => autoregressive(key, gaussian(3, { covariance: { rank: 1 } }), made)).toThrow(
      OptionError,
    );
    refused(() => autoregressive(key, bernoulli(3), () => new OneStep(4, 1))).toThrow(OptionError);
    const ofTwo: ConditionerBuilder = (key, sizes) => made(key, { ...sizes, context: 2 });
    refused(() => autoregressive(key, bernoulli(3), ofTwo)).toThrow(OptionError);
    refused(() => autoregressive(key, bernoulli(3), made, { unit: 0 })).toThrow(DomainError);
    refused(() => autoregressive(key, bernoulli(3), gru({ steps: 2 }))).toThrow(DomainError);
    refused(() => gru({ steps: 0 })).toThrow(DomainError);
    refused(() => pixelCNN({ image: [2, 2, 3], hidden: 2 })).toThrow(DomainError);
    refused(() => pixelCNN({ image: [2, 2] as never })).toThrow(DomainError);
    refused(() => autoregressive(key, bernoulli(3), pixelCNN({ image: [2, 2, 1] }))).toThrow(
      ShapeError,
    );
    refused(() => pixelCNN({ image: [2, 2, 1], window: 7 } as never)).toThrow(OptionError);
  });
});

/** Each number is told a times the one before. */
class OneStep extends Conditioner {
  override readonly adjacency: readonly (readonly number[])[];
  override readonly depth: number;
  override readonly transformed: readonly number[];
  override readonly parameterCount = 1;

  constructor(
    size: number,
    private readonly a: number,
  ) {
    super();
    this.transformed = Array.from({ length: size }, (_, i) => i);
    this.adjacency = this.transformed.map((i) => this.transformed.map((j) => Number(j === i - 1)));
    this.depth = size - 1;
  }

  override parametersOf(x: Tensor): Tensor {
    return tf.tidy(() => {
      const before = tf.slice(
        tf.pad(x, [...x.shape.slice(1).map(() => [0, 0] as [number, number]), [1, 0]]),
        [...x.shape.slice(1).map(() => 0), 0],
        x.shape,
      );
      return tf.expandDims(tf.mul(this.a, before), -1);
    });
  }
}
