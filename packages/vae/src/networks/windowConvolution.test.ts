import { Key } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { WindowConvolution } from './windowConvolution.js';

describe('WindowConvolution', () => {
  onEachEngine(() => {
    it('reads as far as it says to each side, and zeros beyond the image', () => {
      const sides = { above: 2, below: 0, left: 1, right: 1 };
      const layer = new WindowConvolution(Key.from(1), { ...sides, from: 1, to: 1 });
      layer.weight.assign(tf.onesLike(layer.weight));
      layer.bias.assign(tf.zeros([1]));
      const sums = layer.apply(tf.reshape(tf.range(1, 13), [1, 4, 3, 1]));
      // Rows 1 2 3, 4 5 6, 7 8 9, 10 11 12: three columns of three rows.
      expect(valuesOf(sums)).toEqual([3, 6, 5, 12, 21, 16, 27, 45, 33, 45, 72, 51]);
    });

    it('starts with weights as small as what a window reads is much', () => {
      const sides = { above: 1, below: 1, left: 2, right: 2 };
      const layer = new WindowConvolution(Key.from(1), { ...sides, from: 4, to: 8 });
      const [largest] = valuesOf(tf.max(tf.abs(layer.weight)));
      expect(largest! * Math.sqrt(3 * 5 * 4)).toBeGreaterThan(0.95);
      expect(largest! * Math.sqrt(3 * 5 * 4)).toBeLessThan(1);
    });
  });
});
