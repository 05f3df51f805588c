import { Split } from '@pushforward/datasets';
import { Key, useEngine } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import { bernoulli, perceptron, type VAE, vae } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { alongTrait, drawAsOthers, everyClass, grid } from './classDrawings.js';
import { meanImages } from './drawing.js';
import { contexts, descriptionBy, traits } from './handwriting.js';

beforeAll(() => useEngine());

const side = 5;
/** Black where the ink is, at rows counted from above. */
const image = (ink: (row: number, column: number) => boolean) =>
  Array.from({ length: side ** 2 }, (_, i) => (ink(Math.floor(i / side), i % side) ? 1 : 0));
const upright = image((_, column) => column === 2);
const toTheRight = image((row, column) => row + column === 4);
const toTheLeft = image((row, column) => row === column);
const bold = image((_, column) => column >= 1 && column <= 3);

const images = new Split({
  x: Float32Array.from([...upright, ...toTheRight, ...toTheLeft, ...bold]),
  columns: Array.from({ length: side ** 2 }, (_, i) => `pixel ${i + 1}`),
  target: { name: 'kind', values: Float32Array.of(0, 1, 2, 0), classes: ['a', 'b', 'c'] },
});
const description = descriptionBy(images);

/** Ink is 1/5, 1/5, 1/5, 3/5 and slant 0, 1, -1, 0: this many standard deviations from their means. */
const inkOf = (ink: number) => (ink - 0.3) / Math.sqrt(0.03);
const slantOf = (slant: number) => slant / Math.sqrt(0.5);

describe('handwriting', () => {
  test('ink is the mean grey, and slant is positive where strokes lean to the right', () => {
    const own = description.traitsOf(images);
    const expected = [
      ...[inkOf(0.2), slantOf(0), inkOf(0.2), slantOf(1)],
      ...[inkOf(0.2), slantOf(-1), inkOf(0.6), slantOf(0)],
    ];
    expect(own).toHaveLength(expected.length);
    own.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });

  test('a context is the class, and the traits behind it', () => {
    const { context } = description.of(images.slice(1, 2));
    expect(context!.features).toBe(3 + traits.length);
    expect([...context!.x.subarray(0, 3)]).toEqual([0, 1, 0]);
    expect(context!.x[4]).toBeCloseTo(slantOf(1), 5);
  });
});

/** A model that says of each context what it draws: weights at random. */
function model(): VAE {
  const made = vae(Key.from(1), {
    likelihood: bernoulli(side ** 2),
    ...{ latent: 2, context: 3 + traits.length },
    ...{ encoder: perceptron([8]), decoder: perceptron([8]) },
  });
  for (const [i, weights] of made.parameters().entries()) {
    const random = Key.from(i).normal(weights.shape);
    weights.assign(random);
    random.dispose();
  }
  return made;
}

describe('drawings', () => {
  test('in blocks are those of all at once', async () => {
    await expectNoLeak(async () => {
      const own = model();
      const labels = Array.from({ length: 1200 }, (_, i) => i % 3);
      const asked = contexts(labels, new Float32Array(2400), 3);
      const z = Key.from(2).normal([1200, 2]);
      const whole = tf.tidy(() =>
        own.likelihoodAt(z, tf.tensor2d(asked.x, [1200, asked.features])).mean!(),
      );
      const expected = await whole.data();
      whole.dispose();
      const drawn = await meanImages(own, z, asked);
      expect(drawn).toHaveLength(expected.length);
      for (let i = 0; i < drawn.length; i += 97) expect(drawn[i]).toBeCloseTo(expected[i]!, 5);
      own.dispose();
    });
  });

  test('along a trait change by it alone: rows differ by their latent and class', async () => {
    await expectNoLeak(async () => {
      const own = model();
      const how = { steps: 3, reach: 2, classes: 3 };
      const drawn = await alongTrait(Key.from(3), own, 'slant', how);
      const still = await alongTrait(Key.from(3), own, 'slant', { ...how, reach: 0 });
      expect(drawn).toHaveLength(9);
      // In the middle the trait is at its mean, where nothing else has changed.
      for (const row of [0, 1, 2]) {
        expect(drawn[3 * row + 1]).toEqual(still[3 * row]);
        expect(drawn[3 * row]).not.toEqual(still[3 * row]);
      }
      own.dispose();
    });
  });

  test('in a grid are of each class in turn, with the traits of its images', async () => {
    await expectNoLeak(async () => {
      const own = model();
      const described = description.of(images);
      const drawn = await grid(Key.from(6), own, 2, described);
      // Of the first class there are two images, of the others one.
      const asked = described.subset([0, 1, 2, 3, 1, 2]).context!;
      const expected = await meanImages(own, own.prior.sample(Key.from(6), [6]), asked);
      expect(drawn.flat()).toEqual([...expected]);
      own.dispose();
    });
  });

  test('as others are of another class, and each image comes before itself as every class', async () => {
    await expectNoLeak(async () => {
      const own = model();
      const described = description.of(images);
      const { x, labels } = await drawAsOthers(Key.from(4), own, described);
      expect(x).toHaveLength(4 * side ** 2);
      labels.forEach((label, i) => {
        expect(label).not.toBe(images.labels[i]);
      });
      const rows = await everyClass(Key.from(5), own, described);
      expect(rows).toHaveLength(4 * 4);
      expect(rows[4]).toEqual(toTheRight);
      own.dispose();
    });
  });
});
