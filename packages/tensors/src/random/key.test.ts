import { dkwBound, expectNoLeak, kolmogorovSmirnov, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { DomainError, ShapeError } from '../errors.js';
import { normals } from './boxMuller.js';
import { gumbels, uniforms } from './draws.js';
import { Key } from './key.js';
import { philox } from './philox.js';

/**
 * Every statistical test below would fail with probability at most 1e-9 for another seed of a perfect generator; the
 * seeds are fixed, so none fails by chance.
 */
const ERROR_RATE = 1e-9;
const N = 100_000;

/** P(Z <= z) of the normal law, by Simpson's rule: an oracle with nothing in common with the code. */
function normalCdf(z: number): number {
  const steps = 200;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(z);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density((i * z) / steps);
  return 0.5 + (sum * z) / (3 * steps);
}

/**
 * Pearson's statistic of counts that should be equal, and its bound: the upper tail of chi^2 with k degrees of freedom
 * beyond k + 2 sqrt(k x) + 2x is at most e^-x (Laurent and Massart, Ann. Statist. 28, 2000, lemma 1).
 */
function expectEven(counts: Iterable<number>): void {
  const all = [...counts];
  const mean = all.reduce((a, b) => a + b) / all.length;
  const statistic = all.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  const k = all.length - 1;
  const x = -Math.log(ERROR_RATE);
  expect(statistic).toBeLessThan(k + 2 * Math.sqrt(k * x) + 2 * x);
}

/** Counts of pairs (a_i, b_i) of numbers in [0, 1) over 16 x 16 cells. */
function cells(a: readonly number[], b: readonly number[]): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < a.length; i++)
    counts[16 * Math.floor(16 * a[i]!) + Math.floor(16 * b[i]!)]! += 1;
  return counts;
}

const numbers = (x: tf.Tensor) => {
  const values = Array.from(x.dataSync());
  x.dispose();
  return values;
};

describe('draws have their law', () => {
  const bound = dkwBound(N, ERROR_RATE);

  it('uniform', () => {
    const u = numbers(Key.from(1).uniform([N]));
    expect(u.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(kolmogorovSmirnov(u, (u) => u)).toBeLessThan(bound);
    const scaled = numbers(Key.from(1).uniform([N], -3, 5));
    expect(kolmogorovSmirnov(scaled, (u) => (u + 3) / 8)).toBeLessThan(bound);
  });

  it('normal', () => {
    const z = numbers(Key.from(2).normal([N]));
    expect(kolmogorovSmirnov(z, normalCdf)).toBeLessThan(bound);
    // Pairs of one transform share a radius and must be independent all the same.
    const u = z.map((z) => Math.min(normalCdf(z), 1 - 1e-9));
    expectEven(
      cells(
        u.filter((_, i) => i % 2 === 0),
        u.filter((_, i) => i % 2 === 1),
      ),
    );
  });

  it('gumbel', () => {
    const g = numbers(Key.from(3).gumbel([N]));
    expect(kolmogorovSmirnov(g, (g) => Math.exp(-Math.exp(-g)))).toBeLessThan(bound);
  });

  it('bernoulli', () => {
    // Hoeffding's bound on a frequency is that of Dvoretzky, Kiefer and Wolfowitz.
    for (const p of [0.02, 0.5, 0.9]) {
      const ones = numbers(Key.from(4).bernoulli(p, [N]));
      expect(Math.abs(ones.reduce((a, b) => a + b) / N - p)).toBeLessThan(bound);
    }
    expect(new Set(numbers(Key.from(4).bernoulli(0, [N])))).toEqual(new Set([0]));
    expect(new Set(numbers(Key.from(4).bernoulli(1, [N])))).toEqual(new Set([1]));
  });

  it('categorical', () => {
    const p = [0.1, 0.6, 0, 0.3];
    const drawn = numbers(Key.from(5).categorical(tf.log(tf.tensor1d(p)), [N]));
    for (const [k, probability] of p.entries()) {
      const frequency = drawn.filter((d) => d === k).length / N;
      expect(Math.abs(frequency - probability)).toBeLessThan(probability === 0 ? 1e-12 : bound);
    }
  });

  it('permutation', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = Key.from(6).foldIn(i).permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expectEven([...counts.values()]);
    expect([...Key.from(6).permutation(1000)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
    expect(Key.from(6).permutation(0)).toHaveLength(0);
  });
});

describe('keys are independent of each other', () => {
  const key = Key.from(7);
  const draws = (key: Key) => numbers(key.uniform([N]));
  const [left, right] = key.split(2);

  it.each([
    ['successive draws', draws(key).slice(1), draws(key).slice(0, -1)],
    ['the children of a split', draws(left), draws(right)],
    ['parent and child', draws(key), draws(left)],
    ['parent and folded key', draws(key), draws(key.foldIn(0))],
    ['neighbouring folded keys', draws(key.foldIn(0)), draws(key.foldIn(1))],
    ['split and folded keys', draws(left), draws(key.foldIn(0))],
    ['neighbouring seeds', draws(Key.from(0)), draws(Key.from(1))],
    ['seeds that differ in the high word', draws(Key.from(7 + 2 ** 32)), draws(key)],
  ])('%s', (_, a, b) => {
    expectEven(cells(a, b));
  });

  it.each<[string, (i: number) => Key]>([
    ['foldIn', (i) => key.foldIn(i)],
    ['foldIn beyond 32 bits', (i) => key.foldIn(i * 2 ** 33)],
    ['seeds', (i) => Key.from(i)],
    ['a chain of splits', (i) => Key.from(i).split(2)[1].split(3)[2]],
  ])('the first draws along %s', (_, keyOf) => {
    const first = Array.from({ length: 20_000 }, (_, i) => numbers(keyOf(i).uniform([1]))[0]!);
    expect(kolmogorovSmirnov(first, (u) => u)).toBeLessThan(dkwBound(first.length, ERROR_RATE));
    expectEven(cells(first.slice(1), first.slice(0, -1)));
  });

  it('children are not made of the words that their parent draws', () => {
    const [low, high] = philox([7, 0], [0, 0, 0, 0], 2) as unknown as [number, number];
    const drawn = uniforms(philox([low, high], [0, 0, 0, 0], 4));
    for (const child of [left, right, key.foldIn(0), key.foldIn(1)])
      expect(numbers(child.uniform([4]))).not.toEqual([...drawn]);
  });

  it('split gives as many keys as asked for, all different', () => {
    const words = key.split(1000).map((child) => numbers(child.uniform([2])).join());
    expect(new Set(words).size).toBe(1000);
    expect(key.split(0)).toEqual([]);
  });
});

onEachEngine(() => {
  it('the same key gives the same numbers on every engine', () => {
    // Key.from(s) is the Philox key (s mod 2^32, s / 2^32); draws count from 0.
    const key = Key.from(3 * 2 ** 32 + 11);
    const words = philox([11, 3], [0, 0, 0, 0], 6);
    expect([...key.uniform([2, 3]).dataSync()]).toEqual([...uniforms(words)]);
    expect([...key.normal([6]).dataSync()]).toEqual([...normals(words.slice())]);
    expect([...key.gumbel([3, 2]).dataSync()]).toEqual([...gumbels(words)]);
    const below = [...uniforms(words)].map((u) => (u < 0.3 ? 1 : 0));
    expect([...key.bernoulli(0.3, [6]).dataSync()]).toEqual(below);
    const g = gumbels(words);
    const pairs = [0, 1, 2].map((i) => (g[2 * i]! >= g[2 * i + 1]! ? 0 : 1));
    expect([...key.categorical(tf.zeros([2]), [3]).dataSync()]).toEqual(pairs);
  });

  it('shapes are as documented', () => {
    const key = Key.from(1);
    expect(key.normal([]).shape).toEqual([]);
    expect(key.normal([0, 3]).shape).toEqual([0, 3]);
    expect(key.normal([5]).dataSync()).toEqual(key.normal([6]).dataSync().slice(0, 5));
    expect(key.bernoulli(tf.tensor1d([0.1, 0.9])).shape).toEqual([2]);
    expect(key.bernoulli(tf.tensor1d([0.1, 0.9]), [4, 2]).shape).toEqual([4, 2]);
    const drawn = key.categorical(tf.zeros([3, 5]), [2]);
    expect([drawn.shape, drawn.dtype]).toEqual([[2, 3], 'int32']);
  });

  it('discrete draws may stand on a path that is differentiated', () => {
    const loss = (x: tf.Tensor) => {
      const key = Key.from(1);
      const choice = tf.oneHot(key.categorical(x), 2);
      return tf.sum(tf.mul(tf.mul(key.bernoulli(tf.sigmoid(x)), choice), x));
    };
    const x = tf.tensor1d([30, -30]);
    expect(tf.grad(loss)(x)).toBeAllClose([1, 0], {});
  });

  it('draws leave no tensor behind', () => {
    const key = Key.from(1);
    const logits = tf.zeros([3]);
    expectNoLeak(() => [
      key.uniform([2], 1, 2),
      key.normal([3]),
      key.gumbel([1]),
      key.bernoulli(0.5, [2]),
      key.bernoulli(logits),
      key.categorical(logits, [4]),
    ]);
  });
});

describe('bad arguments', () => {
  const key = Key.from(1);

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('are refused: %d', (n) => {
    expect(() => Key.from(n)).toThrow(DomainError);
    expect(() => key.foldIn(n)).toThrow(DomainError);
    expect(() => key.split(n)).toThrow(DomainError);
    expect(() => key.permutation(n)).toThrow(DomainError);
    expect(() => key.bernoulli(n === 0.5 ? 1.5 : n)).toThrow(DomainError);
    expect(() => key.normal([2, n])).toThrow(ShapeError);
  });

  it('are refused: intervals and logits', () => {
    expect(() => key.uniform([1], 1, 0)).toThrow(/low <= high are required, got 1 and 0/);
    expect(() => key.uniform([1], 0, Infinity)).toThrow(DomainError);
    expect(() => key.categorical(tf.scalar(0))).toThrow(ShapeError);
  });
});
