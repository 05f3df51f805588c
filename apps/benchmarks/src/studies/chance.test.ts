import { MultivariateNormal, standardNormal } from '@pushforward/distributions';
import { DomainError, useEngine } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { chance } from './chance.js';
import { mutualInformation } from './mutualInformation.js';

beforeAll(() => useEngine('wasm'));

/** All subsets of `size` of the numbers below `all`. */
function* subsets(size: number, all: number, first = 0): Generator<number[]> {
  if (size === 0) yield [];
  else
    for (let i = first; i < all; i++)
      for (const rest of subsets(size - 1, all, i + 1)) yield [i, ...rest];
}

test('chance is the share of all ways to draw', () => {
  const [all, marked] = [9, 4];
  for (const drawn of [0, 1, 3, 7]) {
    const hits = [...subsets(drawn, all)].map((set) => set.filter((i) => i < marked).length);
    for (const least of [0, 1, 2, 4, 5])
      expect(chance(least, { drawn, marked, all })).toBeCloseTo(
        hits.filter((count) => count >= least).length / hits.length,
        12,
      );
  }
});

describe('mutual information', () => {
  test('is that of normal laws, -log(1 - rho^2) / 2', async () => {
    for (const rho of [0, 0.3, 0.9]) {
      const scale = tf.tensor2d([
        [1, 0],
        [1.5 * rho, 1.5 * Math.sqrt(1 - rho ** 2)],
      ]);
      const law = new MultivariateNormal(tf.zeros([2]), scale);
      expect(await mutualInformation(law)).toBeCloseTo(-Math.log(1 - rho ** 2) / 2, 4);
    }
  });

  test('is refused where the square is too small', async () => {
    const law = new MultivariateNormal(tf.zeros([2]), tf.mul(10, tf.eye(2)));
    await expect(mutualInformation(law)).rejects.toThrow(DomainError);
    expect(await mutualInformation(standardNormal([2]))).toBeCloseTo(0, 5);
  });
});
