import '@pushforward/testing/float64';
import { exp, Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { NormalMixture } from '../index.js';

const [K, D] = [2, 3];
const sizes = [K, K * D, K * D];

/** P(Z <= x), by Simpson's rule. */
function ndtr(x: number): number {
  const [low, steps] = [-12, 4000];
  const h = (x - low) / steps;
  const density = (t: number) => Math.exp(-0.5 * t * t) / Math.sqrt(2 * Math.PI);
  let sum = density(low) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * density(low + i * h);
  return (sum * h) / 3;
}

/** P(Z_d <= z_d | z_1 .. z_{d-1}) for each d, in plain numbers. */
function ranks(z: readonly number[], parameters: readonly number[]): number[] {
  const part = (k: number, d: number, block: number) => parameters[K + block * K * D + k * D + d]!;
  const weights = Array.from({ length: K }, (_, k) => Math.exp(parameters[k]!));
  return z.map((value, d) => {
    const total = weights.reduce((sum, weight) => sum + weight);
    let rank = 0;
    for (let k = 0; k < K; k++) {
      const [mu, scale] = [part(k, d, 0), Math.exp(part(k, d, 1))];
      const a = (value - mu) / scale;
      rank += (weights[k]! / total) * ndtr(a);
      weights[k]! *= Math.exp(-0.5 * a * a) / scale;
    }
    return rank;
  });
}

it('draws move with the parameters so that their ranks stay', () => {
  const numbers = Key.from(1).normal([K + 2 * K * D]);
  const build = (numbers: Tensor) => {
    const [logits, loc, log] = tf.split(numbers, sizes) as [Tensor, Tensor, Tensor];
    return new NormalMixture(logits, tf.reshape(loc, [K, D]), exp(tf.reshape(log, [K, D])));
  };
  const direction = Key.from(2).normal(numbers.shape);
  const step = 1e-4;
  for (let seed = 0; seed < 12; seed++) {
    const key = Key.from(seed);
    const z = Array.from(build(numbers).sample(key).dataSync());
    const moves = z.map((_, d) => {
      const gradient = tf.grad((numbers: Tensor) => tf.slice(build(numbers).sample(key), [d], [1]));
      return tf.sum(tf.mul(gradient(numbers), direction)).dataSync()[0]!;
    });
    // Central differences of the ranks along the way that z goes.
    const at = (t: number) =>
      ranks(
        z.map((value, d) => value + t * moves[d]!),
        Array.from(tf.add(numbers, tf.mul(t, direction)).dataSync()),
      );
    const [before, after] = [at(-step), at(step)];
    for (const [d, rank] of after.entries())
      expect((rank - before[d]!) / (2 * step), `draw ${seed}, number ${d}`).toBeCloseTo(0, 5);
  }
});
