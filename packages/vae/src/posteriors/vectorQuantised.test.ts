import {
  Categorical,
  conditional,
  given,
  Independent,
  standardNormal,
} from '@pushforward/distributions';
import { Linear, MLP } from '@pushforward/nn';
import {
  type Batch,
  DomainError,
  Key,
  OptionError,
  parameter,
  ShapeError,
} from '@pushforward/tensors';
import { dkwBound, expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  categorical,
  elbo,
  type NetworkBuilder,
  vae,
  vectorQuantised,
} from '../index.js';

const network: NetworkBuilder = (key, sizes) =>
  new MLP(key, { ...sizes, hidden: [16], activation: 'tanh' });

/** A quantiser with codes that are apart. */
function apart() {
  const quantiser = vectorQuantised(Key.from(1), { variables: 2, codes: 4, size: 3 });
  quantiser.codebook.vectors.assign(Key.from(2).normal([4, 3]));
  return quantiser;
}

/** One whose codes are running means, and are apart. */
function running(decay: number) {
  const quantiser = vectorQuantised(Key.from(1), { variables: 2, codes: 4, size: 3, decay });
  quantiser.codebook.vectors.assign(Key.from(2).normal([4, 3]));
  return { codebook: quantiser.codebook, law: (encoded: tf.Tensor) => quantiser.law(encoded) };
}

describe('vectorQuantised', () => {
  onEachEngine(() => {
    const e = Key.from(3).normal([5, 6]);

    it('takes the code nearest to each part, as search finds it', () => {
      const quantiser = apart();
      const book = quantiser.codebook.vectors.arraySync() as number[][];
      const parts = tf.reshape(e, [10, 3]).arraySync() as number[][];
      const nearest = parts.map((part) => {
        const distances = book.map((code) => Math.hypot(...code.map((c, i) => c - part[i]!)));
        return distances.indexOf(Math.min(...distances));
      });
      const codes = quantiser.codebook.codesOf(e);
      expect(codes.shape).toEqual([5, 2]);
      expect(valuesOf(codes)).toEqual(nearest);
      expect(new Set(nearest).size).toBeGreaterThan(2);
      const z = quantiser.law(e).sample(Key.from(1));
      expect(z).toBeAllClose(
        tf
          .tensor2d(
            nearest.map((k) => book[k]!),
            [10, 3],
          )
          .reshape([5, 6]),
        {},
      );
    });

    it('is certain of its code: log q is 0 there, and -Infinity elsewhere', () => {
      const law = apart().law(e);
      const [z, logProb] = law.sampleAndLogProb(Key.from(1), [3]);
      expect([z.shape, logProb.shape]).toEqual([
        [3, 5, 6],
        [3, 5],
      ]);
      expect(valuesOf(logProb)).toEqual(Array(15).fill(0));
      expect(valuesOf(law.logProb(z))).toEqual(Array(15).fill(0));
      expect(valuesOf(law.logProb(e))).toEqual(Array(5).fill(-Infinity));
    });

    it('passes gradients straight through, and draws codes and encoder to each other', () => {
      const quantiser = apart();
      const weights = Key.from(4).normal([5, 6]);
      const encoded = parameter(e);
      const run = () => {
        const [z, logProb] = quantiser.law(encoded).sampleAndLogProb(Key.from(1));
        return tf.add<tf.Scalar>(tf.sum(tf.mul(z, weights)), tf.sum(logProb));
      };
      const { grads } = tf.variableGrads(run, [encoded, quantiser.codebook.vectors]);
      const codes = quantiser.codebook.codesOf(e);
      const off = tf.sub(e, quantiser.codebook.vectorsOf(codes));
      expect(grads[encoded.name]!).toBeAllClose(tf.add(weights, tf.mul(2 * 0.25, off)), {
        abs: 1e-5,
      });
      // 2 (c - e) of every part that has taken the code.
      const chosen = tf.oneHot(tf.reshape(tf.cast(codes, 'int32'), [10]), 4);
      const pulls = tf.matMul(
        tf.cast(chosen, 'float32'),
        tf.reshape(tf.mul(-2, off), [10, 3]),
        true,
      );
      expect(grads[quantiser.codebook.vectors.name]!).toBeAllClose(pulls, { abs: 1e-5 });
    });

    it('with a decay has means of what has taken each code, moved by gradients alone', () => {
      const decay = 0.8;
      const { codebook, law } = running(decay);
      // The recurrences as in the paper, of sums and counts.
      let vectors = codebook.vectors.arraySync() as number[][];
      const counts = [0, 0, 0, 0];
      const sums = vectors.map((code) => code.map(() => 0));
      for (const seed of [5, 6, 7]) {
        const encoded = parameter(Key.from(seed).normal([6, 6]));
        const before = codebook.vectors.arraySync();
        law(encoded).sampleAndLogProb(Key.from(1), [3]);
        expect(codebook.vectors.arraySync()).toEqual(before);
        const codes = valuesOf(codebook.codesOf(encoded));
        const run = () => tf.sum<tf.Scalar>(law(encoded).sampleAndLogProb(Key.from(1), [3])[1]);
        expect(Object.keys(tf.variableGrads(run, [encoded]).grads)).toEqual([encoded.name]);
        const parts = tf.reshape(encoded, [12, 3]).arraySync() as number[][];
        vectors = vectors.map((code, k) => {
          const taken = parts.filter((_, i) => codes[i] === k);
          counts[k] = decay * counts[k]! + (1 - decay) * taken.length;
          sums[k] = sums[k]!.map(
            (sum, j) => decay * sum + (1 - decay) * taken.reduce((s, part) => s + part[j]!, 0),
          );
          return counts[k] === 0 ? code : sums[k].map((sum) => sum / counts[k]!);
        });
        expect(codebook.vectors).toBeAllClose(tf.tensor2d(vectors), { abs: 1e-5 });
        expect(codebook.counts!).toBeAllClose(counts, { abs: 1e-5 });
      }
    });

    it('with a decay keeps codes that nothing takes for long', () => {
      const { codebook, law } = running(0.5);
      const before = codebook.vectors.arraySync() as number[][];
      const encoded = parameter(tf.tile(codebook.vectorsOf(tf.tensor2d([[0, 1]])), [4, 1]));
      const run = () => tf.sum<tf.Scalar>(law(encoded).sampleAndLogProb(Key.from(1))[1]);
      for (let i = 0; i < 200; i++) tf.tidy(() => tf.variableGrads(run, [encoded]));
      expect(codebook.vectors).toBeAllClose(tf.tensor2d(before), { abs: 1e-5 });
      expectNoLeak(() => {
        const { value, grads } = tf.variableGrads(run, [encoded]);
        tf.dispose([value, grads]);
      });
    });

    it('has the bound of a model of equally probable codes', () => {
      const posterior = apart();
      const model = vae(Key.from(5), {
        ...{ posterior, prior: posterior.prior(), likelihood: bernoulli(4) },
        ...{ encoder: network, decoder: network, objective: elbo() },
      });
      const x = Key.from(6).bernoulli(0.5, [7, 4]);
      const z = model.posteriorAt(x).sample(Key.from(1));
      const reconstruction = tf.neg(tf.mean(model.likelihoodAt(z).logProb(x)));
      const expected = tf.add(reconstruction, 2 * Math.log(4));
      expect(model.loss({ x }, Key.from(7))).toBeAllClose(expected, { abs: 1e-5 });
      expectNoLeak(() => model.loss({ x }, Key.from(7)));
      expectNoLeak(() => model.sample(Key.from(7), [3]));
      expect(model.parameters()).toContain(posterior.codebook.vectors);
    });

    it('has priors over codes', () => {
      const quantiser = apart();
      const logits = [
        [0, 1, 2, 3],
        [1, 0, 0, -1],
      ];
      const codes = new Independent(new Categorical(logits), 1);
      const prior = quantiser.prior(codes);
      const z = prior.sample(Key.from(1), [4000]);
      expect(z.shape).toEqual([4000, 6]);
      expect(prior.logProb(z)).toBeAllClose(codes.logProb(quantiser.codebook.codesOf(z)), {
        abs: 1e-6,
      });
      const ones = tf.mean(tf.cast(tf.equal(quantiser.codebook.codesOf(z), 1), 'float32'), 0);
      const p = valuesOf(tf.slice(tf.softmax(tf.tensor2d(logits)), [0, 1], [2, 1]));
      expect(ones).toBeAllClose(p, { abs: dkwBound(4000) });
      expect(valuesOf(prior.logProb(e))).toEqual(Array(5).fill(-Infinity));
      expect(quantiser.prior().logProb(z)).toBeAllClose(-2 * Math.log(4), { abs: 1e-5 });
    });

    it('has priors over codes that read a context', () => {
      const quantiser = apart();
      const codes = conditional(new Linear(Key.from(3), 2, 8), categorical(2, 4));
      const prior = quantiser.prior(codes);
      expect(prior.contextSize).toBe(2);
      const context = tf.mul(2, Key.from(4).normal([6, 2]));
      const drawn = codes.sample(Key.from(5), [3], context);
      const z = prior.sample(Key.from(5), [3], context);
      expect(z).toBeAllClose(quantiser.codebook.vectorsOf(drawn), {});
      expect(prior.logProb(z, context)).toBeAllClose(codes.logProb(drawn, context), { abs: 1e-6 });
      expect(quantiser.prior(given(codes, context)).batchShape).toEqual([6]);
    });
  });

  it.each([
    ['by gradient', {}],
    ['running means', { decay: 0.9 }],
  ])('%s: learns codes of what is there, compiled as eagerly, and how often', async (_, how) => {
    // Four patterns of eight pixels, the first as frequent as all others.
    const patterns = tf.tensor2d([
      [1, 1, 1, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1, 1, 1, 1],
      [1, 0, 1, 0, 1, 0, 1, 0],
      [0, 1, 1, 0, 0, 1, 1, 0],
    ]);
    const of = Array.from({ length: 48 }, (_, i) => [0, 1, 0, 2, 0, 3][i % 6]!);
    const x = tf.matMul(tf.cast(tf.oneHot(of, 4), 'float32'), patterns);
    const train = {
      length: 48,
      *batches(): Iterable<Batch> {
        for (const i of [0, 24]) yield { x: tf.slice(x, i, 24) };
      },
    };
    const learn = async (compile: boolean, epochs: number) => {
      const posterior = vectorQuantised(Key.from(1), { variables: 1, codes: 8, size: 4, ...how });
      const logits = parameter(() => tf.zeros([1, 8]));
      const prior = posterior.prior(new Independent(new Categorical(logits), 1));
      const model = vae(Key.from(2), {
        ...{ posterior, prior, likelihood: bernoulli(8) },
        ...{ encoder: network, decoder: network, objective: elbo() },
      });
      const options = { key: Key.from(3), epochs, compile, learningRate: 5e-3 };
      const { history } = await fit(model, { train }, options);
      return { model, posterior, losses: history.map(({ trainLoss }) => trainLoss) };
    };
    const { losses } = await learn(false, 5);
    const { model, posterior, losses: compiled } = await learn(true, 150);
    expect(compiled.slice(0, 5)).toBeAllClose(losses, { rel: 1e-4 });
    const used = new Set(
      valuesOf(posterior.codebook.codesOf(model.posteriorAt(x).sample(Key.from(1)))),
    );
    expect(used.size).toBe(4);
    // The entropy of 1/2, 1/6, 1/6, 1/6 is what is left.
    const entropy = 0.5 * Math.log(2) + 0.5 * Math.log(6);
    expect(compiled.at(-1)!).toBeGreaterThan(entropy);
    expect(compiled.at(-1)!).toBeLessThan(entropy + 0.3);
  });

  it('refuses what makes no sense', () => {
    expect(() => apart().codebook.codesOf(tf.zeros([5, 4]))).toThrow(ShapeError);
    const build = (options: object) =>
      vectorQuantised(Key.from(1), { variables: 2, codes: 4, size: 3, ...options });
    expect(() => build({ codes: 1 })).toThrow(DomainError);
    expect(() => build({ variables: 0 })).toThrow(DomainError);
    expect(() => build({ commitment: -1 })).toThrow(DomainError);
    expect(() => build({ decay: 1 })).toThrow(DomainError);
    expect(() => build({ momentum: 0.9 })).toThrow(OptionError);
    expect(() => build({}).prior(standardNormal([3]))).toThrow(ShapeError);
  });
});
