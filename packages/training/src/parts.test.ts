import { DomainError, parameter } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Average } from './average.js';
import { clipByGlobalNorm, constant, cosine, exponential, type Schedule, warmUp } from './index.js';
import { Weights } from './weights.js';

onEachEngine(() => {
  describe('clipByGlobalNorm', () => {
    it('shortens all gradients together, and keeps a gap', () => {
      const [a, gap, b] = clipByGlobalNorm([tf.tensor1d([3, 0]), undefined, tf.scalar(4)], 1);
      expect(gap).toBeUndefined();
      expect(a!).toBeAllClose([0.6, 0], { abs: 1e-6 });
      expect(b!).toBeAllClose(0.8, { abs: 1e-6 });
    });

    it('leaves short gradients and zeros as they are', () => {
      expect(clipByGlobalNorm([tf.tensor1d([3, 4])], 5.1)[0]!).toBeAllClose([3, 4], {});
      expect(clipByGlobalNorm([tf.zeros([2])], 1)[0]!).toBeAllClose([0, 0], {});
    });

    it('shows a NaN in any of them', () => {
      const [a, b] = clipByGlobalNorm([tf.tensor1d([3, 0]), tf.scalar(Number.NaN)], 1);
      expect(a!).toBeAllClose(Number.NaN, {});
      expect(b!).toBeAllClose(Number.NaN, {});
    });

    it('frees what it makes', () => {
      const gradient = tf.ones([3]);
      expectNoLeak(() => clipByGlobalNorm([gradient, undefined], 0.1));
    });
  });

  describe('Average', () => {
    it('is the weighted mean of the values, whatever the start', () => {
      const x = parameter(tf.scalar(1e3));
      const average = new Average([x], 0.9);
      const values = [1, 5, -2, 7];
      for (const value of values) {
        x.assign(tf.scalar(value));
        average.update();
      }
      average.give();
      const weights = values.map((_, i) => 0.9 ** (values.length - 1 - i));
      const mean =
        values.reduce((sum, value, i) => sum + weights[i]! * value, 0) /
        weights.reduce((sum, weight) => sum + weight, 0);
      expect(x).toBeAllClose(mean, { rel: 1e-4 });
    });
  });

  describe('Weights', () => {
    it('keep the values of the time they were taken', () => {
      const x = parameter(tf.tensor1d([1, 2]));
      const weights = new Weights([x]);
      x.assign(tf.tensor1d([3, 4]));
      weights.give();
      expect(x).toBeAllClose([1, 2], {});
      x.assign(tf.tensor1d([5, 6]));
      weights.take();
      x.assign(tf.tensor1d([7, 8]));
      weights.give();
      weights.dispose();
      expect(x).toBeAllClose([5, 6], {});
    });
  });
});

describe('schedules', () => {
  const values = (schedule: Schedule, steps: number[]) => steps.map((step) => schedule(step, 100));

  it('are the stated functions of the part of the run that is done', () => {
    expect(values(constant(), [0, 50, 100])).toEqual([1, 1, 1]);
    expect(values(cosine(0.1), [0, 50, 100, 200])).toBeAllClose([1, 0.55, 0.1, 0.1], {
      abs: 1e-12,
    });
    expect(values(exponential(0.01), [0, 50, 100])).toBeAllClose([1, 0.1, 0.01], { abs: 1e-12 });
  });

  it('compose: the schedule after a warm-up spans the steps that remain', () => {
    expect(values(warmUp(20, cosine()), [0, 9, 19, 20, 60, 100])).toBeAllClose(
      [0.05, 0.5, 1, 1, 0.5, 0],
      { abs: 1e-12 },
    );
  });

  it('reject numbers out of range', () => {
    expect(() => cosine(2)).toThrow('in [0, 1], got 2');
    expect(() => exponential(0)).toThrow(DomainError);
    expect(() => warmUp(0.5)).toThrow(DomainError);
  });
});
