import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import './index.js';

describe('toBeAllClose', () => {
  it('accepts what is within abs + rel |expected|', () => {
    expect(tf.tensor1d([1, 100])).toBeAllClose([1.01, 101], { rel: 0.01 });
    expect([[1, 2]]).toBeAllClose(tf.tensor2d([[1, 2.001]]), { abs: 2e-3 });
    expect(tf.ones([2, 2])).toBeAllClose(1, {});
    expect(tf.ones([2, 2])).toBeAllClose(new Float32Array([1, 1, 1, 1]), {});
  });

  it('rejects what is not, and shows the worst entry', () => {
    expect(() => {
      expect(
        tf.tensor2d([
          [1, 2.5],
          [1, 5],
        ]),
      ).toBeAllClose(
        [
          [1, 2],
          [1, 2],
        ],
        { abs: 0.1 },
      );
    }).toThrow(/2 of 4 .* \[1, 1\]: expected 2, got 5, difference 3/);
  });

  it('compares shapes', () => {
    expect(() => {
      expect(tf.zeros([2, 3])).toBeAllClose(tf.zeros([3, 2]), {});
    }).toThrow('expected shape [3, 2], got [2, 3]');
    expect(tf.zeros([2])).not.toBeAllClose(new Float32Array(3), {});
  });

  it('lets only the same non-finite number match', () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY]).toBeAllClose(
      [Number.NaN, Number.POSITIVE_INFINITY],
      {},
    );
    expect([1]).not.toBeAllClose([Number.NaN], { abs: 1 });
    expect([Number.NaN]).not.toBeAllClose([1], { abs: 1 });
    expect([1]).not.toBeAllClose([Number.POSITIVE_INFINITY], { rel: 1 });
    expect([Number.NEGATIVE_INFINITY]).not.toBeAllClose([Number.POSITIVE_INFINITY], { rel: 1 });
  });
});
