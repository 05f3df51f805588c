import {
  conditional,
  DiagonalNormal,
  Distribution,
  given,
  Normal,
  standardNormal,
} from '@pushforward/distributions';
import { Linear, MLP, zeros } from '@pushforward/nn';
import { Key, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  categorical,
  diagonalNormal,
  elbo,
  type Family,
  gaussian,
  iwae,
  lowRankNormal,
  mixturePrior,
  VAE,
} from './index.js';

/** A network of one hidden layer and its family. */
const law = (seed: number, inputs: number, family: Family) =>
  conditional(
    new MLP(Key.from(seed), { inputs, outputs: family.parameterCount, hidden: [8] }),
    family,
  );

describe('VAE', () => {
  onEachEngine(() => {
    it('draws, reconstructs and leaves no tensor behind', () => {
      const model = new VAE({
        prior: standardNormal([2]),
        likelihood: law(1, 2, bernoulli(5)),
        posterior: law(2, 5, diagonalNormal(2)),
      });
      const x = model.sample(Key.from(3), [4, 6]);
      expect(x.shape).toEqual([4, 6, 5]);
      expect(model.reconstruct(Key.from(1), x).shape).toEqual([4, 6, 5]);
      expectNoLeak(() => model.sample(Key.from(1), [3]));
      expectNoLeak(() => model.reconstruct(Key.from(1), x));
      const flat = tf.reshape(x, [24, 5]);
      expectNoLeak(() => model.loss({ x: flat }, Key.from(1)));
      expect(model.loss({ x: flat }, Key.from(1)).shape).toEqual([]);
    });

    it('draws from the mixture of its likelihoods over the prior', () => {
      const network = new Linear(Key.from(1), 1, 1, { initialiser: zeros, bias: false });
      network.weight.assign(tf.tensor2d([[2]]));
      const likelihood = conditional(network, gaussian(1, { variance: 'fixed', scale: 0.5 }));
      const posterior = law(2, 1, diagonalNormal(1));
      const model = new VAE({ prior: standardNormal([1]), likelihood, posterior });
      const x = model.sample(Key.from(3), [5000]);
      // x = 2 z + e / 2: five standard errors of a mean, and of a variance relative to it.
      expect(tf.mean(x)).toBeAllClose(0, { abs: 5 * Math.sqrt(4.25 / 5000) });
      expect(tf.moments(x).variance).toBeAllClose(4.25, { rel: 5 * Math.sqrt(2 / 5000) });
    });

    it('shows the context to the laws that have room for it', () => {
      const context = Key.from(1).normal([6, 3]);
      const x = Key.from(2).normal([6, 4]);
      for (const [inPrior, inLikelihood, inPosterior] of [
        [0, 3, 3],
        [3, 0, 0],
        [3, 3, 3],
        [0, 0, 3],
      ] as const) {
        const model = new VAE({
          prior: inPrior === 0 ? standardNormal([2]) : law(1, 3, diagonalNormal(2)),
          likelihood: law(2, 2 + inLikelihood, gaussian(4)),
          posterior: law(3, 4 + inPosterior, lowRankNormal(2, 1)),
          objective: elbo({ draws: 2 }),
        });
        expect(model.contextSize).toBe(3);
        expect(model.sample(Key.from(1), [5], context).shape).toEqual([5, 6, 4]);
        const loss = (context: Tensor) => model.loss({ x, context }, Key.from(1)).dataSync()[0]!;
        expect(loss(context)).not.toBe(loss(tf.zeros([6, 3])));
        expectNoLeak(() => model.loss({ x, context }, Key.from(1)));
        expect(() => model.loss({ x }, Key.from(1))).toThrow(ShapeError);
        expect(() => model.loss({ x, context: x }, Key.from(1))).toThrow(ShapeError);
        for (const rows of [5, 12]) {
          const others = tf.zeros([rows, 3]);
          if (inLikelihood + inPosterior === 6)
            expect(() => model.loss({ x, context: others }, Key.from(1))).toThrow(ShapeError);
        }
      }
    });

    it('is at a context what a model of that context alone is', () => {
      // p(z) = N(0, 1), x | z, c ~ N(z + c, 1), the exact posterior N((x - c) / 2, 1 / 2): log p(x | c) = log N(x; c,
      // 2).
      const linear = (weights: number[]) => {
        const net = new Linear(Key.from(1), 2, 1, { initialiser: zeros, bias: false });
        net.weight.assign(tf.tensor2d(weights, [2, 1]));
        return net;
      };
      const model = new VAE({
        prior: standardNormal([1]),
        likelihood: conditional(linear([1, 1]), gaussian(1, { variance: 'fixed' })),
        posterior: conditional(linear([0.5, -0.5]), (h) => new DiagonalNormal(h, Math.SQRT1_2)),
        objective: iwae({ draws: 3 }),
      });
      const [x, context] = [tf.tensor2d([[0.3], [2]]), tf.tensor2d([[1], [-1]])];
      const exact = tf.neg(tf.mean(new Normal(context, Math.SQRT2).logProb(x)));
      expect(model.loss({ x, context }, Key.from(1))).toBeAllClose(exact, { abs: 1e-5 });
    });

    it('has several latent nodes where its laws are joint ones', () => {
      // z1 ~ N(0, 1), z2 | z1 ~ N(z1 / 2, 1), x | z2 ~ N(z2, 1): x ~ N(0, 9 / 4). The other way round q(z2 | x) =
      // N(5 x / 9, 5 / 9) and q(z1 | z2) = N(2 z2 / 5, 4 / 5) are exact.
      const linear = (weights: number[]) => {
        const net = new Linear(Key.from(1), weights.length, 1, { initialiser: zeros, bias: false });
        net.weight.assign(tf.tensor2d(weights, [weights.length, 1]));
        return net;
      };
      const normal = (weights: number[], scale: number) =>
        conditional(linear(weights), (h) => new DiagonalNormal(h, scale));
      const prior = new Pair(standardNormal([1]), normal([0.5], 1), 0);
      // Its order is z2, z1; the context is x.
      const posterior = new Pair(
        normal([5 / 9], Math.sqrt(5 / 9)),
        normal([0.4], Math.sqrt(0.8)),
        1,
      );
      const likelihood = conditional(linear([0, 1]), gaussian(1, { variance: 'fixed' }));
      const x = tf.tensor2d([[0.4], [-3], [1]]);
      const exact = tf.neg(tf.mean(new Normal(0, 1.5).logProb(x)));
      for (const objective of [elbo(), iwae({ draws: 4 })]) {
        const model = new VAE({ prior, likelihood, posterior, objective });
        expect(model.loss({ x }, Key.from(1))).toBeAllClose(exact, { abs: 1e-5 });
        expect(model.sample(Key.from(1), [5]).shape).toEqual([5, 1]);
      }
    });
  });

  it('has draws with a gradient where both of its laws have', () => {
    const modelOf = (prior: Distribution, family: Family) =>
      new VAE({ prior, likelihood: law(1, 2, family), posterior: law(2, 5, diagonalNormal(2)) });
    const normal = standardNormal([2]);
    const mixture = mixturePrior(Key.from(3), { features: 2, components: 3 });
    expect(modelOf(normal, gaussian(5)).reparameterised).toBe(true);
    expect(modelOf(normal, bernoulli(5)).reparameterised).toBe(false);
    expect(modelOf(mixture, gaussian(5)).reparameterised).toBe(false);
  });

  it('refuses laws that do not fit each other', () => {
    const parts = {
      prior: standardNormal([2]),
      likelihood: law(1, 2, bernoulli(5)),
      posterior: law(2, 5, diagonalNormal(2)),
    };
    expect(() => new VAE({ ...parts, prior: standardNormal([3]) })).toThrow(ShapeError);
    expect(() => new VAE({ ...parts, likelihood: law(1, 1, bernoulli(5)) })).toThrow(ShapeError);
    expect(() => new VAE({ ...parts, posterior: law(2, 4, diagonalNormal(2)) })).toThrow(
      ShapeError,
    );
    expect(
      () =>
        new VAE({
          ...parts,
          likelihood: law(1, 4, bernoulli(5)),
          posterior: law(2, 6, diagonalNormal(2)),
        }),
    ).toThrow(ShapeError);
    const model = new VAE(parts);
    expect(() => model.loss({ x: tf.zeros([4, 4]) }, Key.from(1))).toThrow(ShapeError);
    expect(() => model.sample(Key.from(1), [2], tf.zeros([2, 3]))).toThrow(ShapeError);
    const classes = new VAE({
      prior: standardNormal([2]),
      likelihood: law(1, 2, categorical(5, 3)),
      posterior: law(2, 5, diagonalNormal(2)),
    });
    expect(() => classes.reconstruct(Key.from(1), tf.zeros([4, 5]))).toThrow(OptionError);
  });
});

/** The joint law of two numbers, the second given the first; `swapped` puts the second before the first. */
class Pair extends Distribution {
  override readonly eventShape = [2];
  override readonly contextSize: number;

  constructor(
    readonly first: Distribution,
    readonly second: Distribution,
    private readonly swapped: 0 | 1,
  ) {
    super();
    this.contextSize = first.contextSize;
  }

  override logProb(z: Tensor, context?: Tensor): Tensor {
    return tf.tidy(() => {
      const [a, b] = this.order(tf.split(z, 2, -1));
      const outer = this.root(context).logProb(a!);
      return tf.add(outer, given(this.second, a!).logProb(b!));
    });
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    return tf.tidy(() => {
      const [forFirst, forSecond] = key.split(2);
      const a = this.root(context).sample(forFirst, shape);
      const b = given(this.second, a).sample(forSecond);
      return tf.concat(this.order([a, b]), -1);
    });
  }

  private root(context?: Tensor): Distribution {
    return context === undefined ? this.first : given(this.first, context);
  }

  private order(parts: Tensor[]): Tensor[] {
    return this.swapped === 1 ? [parts[1]!, parts[0]!] : parts;
  }
}
