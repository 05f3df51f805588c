import { DomainError, Key } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { Split, withNoise } from '../index.js';

/** 1000 rows, each of a number and its double, given its half. */
const table = () =>
  new Split({
    x: Float32Array.from({ length: 2000 }, (_, i) => (1 + (i % 2)) * Math.floor(i / 2)),
    columns: ['number', 'double'],
    context: { x: Float32Array.from({ length: 1000 }, (_, i) => i / 2), features: 1 },
  });

onEachEngine(() => {
  it('adds noise of its deviation to x, other noise in each pass, and leaves the rest', () => {
    const noisy = withNoise(table(), 0.25);
    expect(noisy.length).toBe(1000);
    const read = (seed: number) => {
      const all = [...noisy.batches(Key.from(seed), 300)];
      expect(all.map(({ x }) => x.shape[0])).toEqual([300, 300, 300, 100]);
      const [x, context] = [
        tf.concat(all.map(({ x }) => x)),
        tf.concat(all.map((b) => b.context!)),
      ];
      const noise = tf.sub(x, tf.mul(context, tf.tensor2d([[2, 4]])));
      return { context: context.dataSync(), noise };
    };
    const [first, again, other] = [read(1), read(1), read(2)];
    expect([...first.context].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i / 2),
    );
    expect(again.noise).toBeAllClose(first.noise, {});
    // Of 2000 draws the mean square has a deviation of sqrt(2 / 2000), the mean of products of two passes one of 1 / sqrt(2000).
    const share = (product: tf.Tensor) => tf.mean(product).dataSync()[0]! / 0.25 ** 2;
    expect(Math.abs(share(tf.square(first.noise)) - 1)).toBeLessThan(5 * Math.sqrt(2 / 2000));
    expect(Math.abs(share(tf.mul(first.noise, other.noise)))).toBeLessThan(5 / Math.sqrt(2000));
  });

  it('leaves no tensor behind but the batches', () => {
    const noisy = withNoise(table(), 0.25);
    expectNoLeak(() => [...noisy.batches(Key.from(1), 300)].map(({ x, context }) => [x, context!]));
  });
});

it('refuses a deviation that is not positive', () => {
  expect(() => withNoise(table(), 0)).toThrow(DomainError);
});
