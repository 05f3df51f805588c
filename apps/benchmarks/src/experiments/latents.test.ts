/** The experiments of variational auto-encoders at sizes that show that they run, not what they claim. */
import { Key, useEngine } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { NoisyTemplates } from '../studies/noisyTemplates.js';
import { aboutSinusoid, meanDistance, sinusoid } from '../studies/sinusoid.js';
import { bestRadius, freeMeans, thresholdOf } from '../studies/sphere.js';
import { quietRun } from '../testing/quietRun.js';
import { spheresOf } from './hypersphereThreshold.js';
import { manifoldOf } from './manifoldSigma.js';
import { collapseOf } from './posteriorCollapse.js';

beforeAll(() => useEngine('wasm'));

test('hypersphere-threshold', async () => {
  const { rows, checks, pictures } = await spheresOf(quietRun, {
    ...{ dimensions: [2], ratios: [0.7, 2], epochs: 1, rows: 128, hidden: [8], steps: 200 },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(7).fill(true));
  // What is computed, and not learned, holds at any size.
  expect(checks.slice(0, 3).map(({ holds }) => holds)).toEqual([true, true, true]);
  expect(Object.keys(pictures)).toEqual(['hypersphere-threshold.svg']);
});

test('a sphere is seen from R / sigma = sqrt(D) on, at the radius that the published table has', async () => {
  for (const dimension of [2, 3, 10, 50])
    expect(thresholdOf(dimension)).toBeCloseTo(Math.sqrt(dimension), 4);
  expect(bestRadius(3, 0.4)).toBeCloseTo(0.8001, 3);
  for (const radius of await freeMeans(Key.from(2), 0.5, 300))
    expect(radius).toBeCloseTo(0.8315, 3);
});

test('posterior-collapse', async () => {
  const { rows, checks, pictures } = await collapseOf(quietRun, {
    ...{ runs: 1, rows: 100, epochs: 1, hidden: [16, 16] },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(21).fill(true));
  expect(checks).toHaveLength(5);
  expect(Object.keys(pictures)).toEqual(['posterior-collapse.svg']);
});

test('the law of noisy templates is a density of its draws', async () => {
  const law = new NoisyTemplates(Key.from(3));
  const [expected, drawn] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const words = tf.expandDims(tf.range(0, 2 ** 16), 1);
    const bits = tf.mod(tf.floor(tf.div(words, tf.pow(tf.scalar(2), tf.range(0, 16)))), 2);
    const p = tf.expandDims(tf.exp(law.logProb(bits)), 1);
    // What all words add up to, and the mean of each bit, from all words and from draws.
    const means = tf.sum(tf.mul(tf.concat([tf.onesLike(words), bits], 1), p), 0);
    return [means, tf.mean(law.draw(Key.from(4), 20_000), 0)];
  });
  const [total, ...means] = await expected.data();
  expect(total).toBeCloseTo(1, 4);
  // Five standard errors of a share of one half.
  for (const [i, share] of [...(await drawn.data())].entries())
    expect(Math.abs(share - means[i]!)).toBeLessThan(5 / Math.sqrt(4 * 20_000));
  tf.dispose([expected, drawn]);
});

const training = { rows: 200, epochs: 2, batchSize: 100, learningRate: 1e-3, hidden: [8] };

test('manifold-sigma', async () => {
  const { rows, checks, pictures } = await manifoldOf(quietRun, {
    ...{ large: [1], best: [], small: [0.01], training },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(21).fill(true));
  expect(checks).toHaveLength(8);
  expect(Object.keys(pictures)).toEqual(['manifold-sigma.svg', 'manifold-sigma-distance.svg']);
});

test('points about the sinusoid have its noise', async () => {
  const x = aboutSinusoid(Key.from(5), 4000);
  const points = (await x.array()) as number[][];
  x.dispose();
  expect(meanDistance(sinusoid.slice(5, 9), sinusoid)).toBe(0);
  // The part of the noise across the curve, E|N(0, s^2)| with a mean of s of 0.045; where the curve bends it is a bit less.
  const across = Math.sqrt(2 / Math.PI) * 0.045;
  expect(meanDistance(points, sinusoid)).toBeGreaterThan(0.9 * across);
  expect(meanDistance(points, sinusoid)).toBeLessThan(1.05 * across);
});
