import { DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { GroupNorm, LayerNorm } from './index.js';

const [forX, forScale, forShift] = Key.from(1).split(3);

/** (x - mean) / sqrt(variance + epsilon) of a list. */
function normalised(x: readonly number[], epsilon: number): number[] {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
}

onEachEngine(() => {
  it('GroupNorm normalises each group of each example, and learns a factor and a shift', () => {
    const x = tf.add(3, forX.normal([2, 3, 2, 6]));
    const norm = new GroupNorm(6, 3, { epsilon: 0.1 });
    norm.scale!.assign(forScale.normal([6]));
    norm.shift!.assign(forShift.normal([6]));
    const [scale, shift] = [norm.scale!.arraySync(), norm.shift!.arraySync()] as number[][];
    const examples = x.arraySync() as number[][][][];
    const expected = examples.map((image) => {
      const pixels = image.flat();
      const y = pixels.map(() => Array<number>(6).fill(0));
      for (const group of [0, 2, 4]) {
        const values = normalised(
          pixels.flatMap((pixel) => pixel.slice(group, group + 2)),
          0.1,
        );
        for (const [i, value] of values.entries()) {
          const channel = group + (i % 2);
          y[Math.floor(i / 2)]![channel] = value * scale![channel]! + shift![channel]!;
        }
      }
      return y;
    });
    expect(tf.reshape(norm.apply(x), [2, 6, 6])).toBeAllClose(expected, { abs: 1e-5 });
    expectNoLeak(() => norm.apply(x));
    expectNoLeak(() => {
      new GroupNorm(6, 3).dispose();
    });
  });

  it('LayerNorm normalises each vector', () => {
    const x = tf.add(-2, forX.normal([4, 3, 5]));
    const norm = new LayerNorm(5);
    norm.scale!.assign(tf.fill([5], 2));
    norm.shift!.assign(tf.fill([5], 1));
    const vectors = (x.arraySync() as number[][][]).flat();
    const expected = vectors.map((x) => normalised(x, 1e-5).map((value) => 2 * value + 1));
    expect(tf.reshape(norm.apply(x), [12, 5])).toBeAllClose(expected, { abs: 1e-5 });
    expectNoLeak(() => norm.apply(x));
  });

  it('keep their digits far from zero, and constants are zero', () => {
    const x = forX.normal([2, 50, 8]);
    const far = tf.add(x, 1000);
    for (const norm of [new GroupNorm(8, 2), new LayerNorm(8)]) {
      expect(norm.apply(far)).toBeAllClose(norm.apply(tf.sub(far, 1000)), { abs: 2e-3 });
      expect(norm.apply(tf.fill([2, 3, 8], 7))).toBeAllClose(0, { abs: 1e-3 });
    }
  });
});

describe('norms', () => {
  it('have nothing to learn where they are not affine', () => {
    expect(new GroupNorm(8, 2, { affine: false }).parameters()).toEqual([]);
    expect(new LayerNorm(8, { affine: false }).parameters()).toEqual([]);
    expect([...new GroupNorm(8, 2).namedVariables().keys()]).toEqual(['scale', 'shift']);
  });

  it('refuse what does not fit', () => {
    expect(() => new GroupNorm(8, 3)).toThrow('8 channels in 3 groups');
    expect(() => new LayerNorm(8, { epsilon: 0 })).toThrow(DomainError);
    expect(() => new LayerNorm(8, { eps: 1 } as never)).toThrow(OptionError);
    expect(() => new LayerNorm(8).apply(tf.zeros([2, 7]))).toThrow(ShapeError);
    expect(() => new GroupNorm(8, 2).apply(tf.zeros([8]))).toThrow(ShapeError);
  });
});
