import { DomainError, Key, OptionError, ShapeError, takeColumns } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { MultiHeadAttention } from './index.js';

const [forLayer, forX] = Key.from(1).split(2);

/** What each token takes, before heads are joined, token by token and head by head. */
function means(read: number[][], heads: number): number[][] {
  const features = read[0]!.length / 3;
  const size = features / heads;
  return read.map((own) =>
    Array.from({ length: features }, (_, f) => {
      const start = size * Math.floor(f / size);
      const scores = read.map((other) => {
        let score = 0;
        for (let i = start; i < start + size; i++) score += own[i]! * other[features + i]!;
        return Math.exp(score / Math.sqrt(size));
      });
      const total = scores.reduce((sum, score) => sum + score, 0);
      return read.reduce(
        (sum, other, i) => sum + (scores[i]! / total) * other[2 * features + f]!,
        0,
      );
    }),
  );
}

onEachEngine(() => {
  describe('MultiHeadAttention', () => {
    it.each([1, 2, 3])('takes means by softmax(Q K^T / sqrt d), with %d heads', (heads) => {
      const layer = new MultiHeadAttention(forLayer, 6, { heads });
      layer.read.weight.assign(forLayer.normal([6, 18]));
      const x = forX.normal([2, 5, 6]);
      const read = layer.read.apply(x).arraySync() as number[][][];
      const expected = layer.last.apply(tf.tensor(read.map((tokens) => means(tokens, heads))));
      expect(layer.apply(x)).toBeAllClose(expected, { abs: 1e-5 });
      expectNoLeak(() => layer.apply(x));
    });

    it('knows no order of tokens', () => {
      const layer = new MultiHeadAttention(forLayer, 4, { heads: 2 });
      const x = forX.normal([5, 4]);
      const order = [3, 0, 4, 1, 2];
      const permuted = (x: tf.Tensor) => tf.transpose(takeColumns(tf.transpose(x), order));
      expect(layer.apply(permuted(x))).toBeAllClose(permuted(layer.apply(x)), { abs: 1e-6 });
      expect(layer.apply(permuted(x))).not.toBeAllClose(layer.apply(x), { abs: 1e-3 });
    });

    it('takes any batch, and starts at zero where told so', () => {
      const layer = new MultiHeadAttention(forLayer, 4, { heads: 2 });
      const x = forX.normal([2, 3, 5, 4]);
      const flat = layer.apply(tf.reshape(x, [6, 5, 4]));
      expect(tf.reshape(layer.apply(x), [6, 5, 4])).toBeAllClose(flat, { abs: 1e-6 });
      const zero = new MultiHeadAttention(forLayer, 4, { lastScale: 0 });
      expect(zero.apply(x)).toBeAllClose(0, {});
    });
  });
});

it('MultiHeadAttention refuses what does not fit', () => {
  expect(() => new MultiHeadAttention(forLayer, 4, { heads: 3 })).toThrow(DomainError);
  expect(() => new MultiHeadAttention(forLayer, 4, { width: 3 } as never)).toThrow(OptionError);
  const layer = new MultiHeadAttention(forLayer, 4);
  expect(() => layer.apply(tf.zeros([2, 5]))).toThrow(ShapeError);
  expect(() => layer.apply(tf.zeros([4]))).toThrow('tokens lie along an axis of their own');
});
