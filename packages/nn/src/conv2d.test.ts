import { DomainError, Key, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Conv2d, ConvTranspose2d, zeros } from './index.js';

type Image = number[][][];

/** The sum over windows, pixel by pixel, of one image. */
function windowed(x: Tensor, weight: Tensor, bias: Tensor, [s, u]: readonly number[]): Image {
  const [image] = x.arraySync() as Image[];
  const w = weight.arraySync() as number[][][][];
  const b = bias.arraySync() as number[];
  const [height, width] = [image!.length, image![0]!.length];
  const [rows, columns] = [w.length, w[0]!.length];
  const results = [Math.ceil(height / s!), Math.ceil(width / u!)] as const;
  // Windows are centred: of what they reach beyond the image, the odd pixel lies behind it.
  const above = Math.floor(Math.max(0, (results[0] - 1) * s! + rows - height) / 2);
  const left = Math.floor(Math.max(0, (results[1] - 1) * u! + columns - width) / 2);
  return Array.from({ length: results[0] }, (_, i) =>
    Array.from({ length: results[1] }, (_, j) =>
      b.map((start, to) => {
        let sum = start;
        for (let a = 0; a < rows; a++)
          for (let c = 0; c < columns; c++) {
            const pixel = image![s! * i + a - above]?.[u! * j + c - left] ?? [];
            for (const [from, value] of pixel.entries()) sum += value * w[a]![c]![from]![to]!;
          }
        return sum;
      }),
    ),
  );
}

const [forLayer, forX, forOther] = Key.from(1).split(3);

onEachEngine(() => {
  describe('Conv2d', () => {
    it.each([
      [{}, [1, 1]],
      [{ window: 4, stride: 2 }, [2, 2]],
      [{ window: 1 }, [1, 1]],
      [{ window: [5, 3], stride: [1, 3] }, [1, 3]],
    ] as const)('sums over windows: %j', (options, stride) => {
      for (const size of [
        [7, 5],
        [4, 6],
      ]) {
        const layer = new Conv2d(forLayer, 2, 3, options);
        const x = forX.normal([1, ...size, 2]);
        const expected = windowed(x, layer.weight, layer.bias!, stride);
        expect(layer.apply(x)).toBeAllClose(tf.tensor([expected]), { abs: 1e-5 });
        expectNoLeak(() => layer.apply(x));
      }
    });

    it('takes each image by itself, and has no bias where none is wanted', () => {
      const layer = new Conv2d(forLayer, 2, 3, { bias: false });
      const x = forX.normal([4, 5, 5, 2]);
      const second = tf.slice(x, 1, 1);
      expect(layer.bias).toBeUndefined();
      expect(tf.slice(layer.apply(x), 1, 1)).toBeAllClose(layer.apply(second), { abs: 1e-6 });
      expect(layer.apply(tf.zerosLike(x))).toBeAllClose(0, {});
    });
  });

  describe('ConvTranspose2d', () => {
    it.each([{ window: 4, stride: 2 }, { window: 3 }, { window: [3, 4], stride: [2, 3] }] as const)(
      'is the transpose: %j',
      (options) => {
        for (const size of [
          [8, 6],
          [7, 5],
        ] as const) {
          const layer = new Conv2d(forLayer, 2, 3, { ...options, bias: false });
          const other = new ConvTranspose2d(forOther, 3, 2, size, { ...options, bias: false });
          other.weight.assign(layer.weight);
          const x = forX.normal([1, ...size, 2]);
          const y = forOther.normal(layer.apply(x).shape);
          // <A x, y> = <x, A^T y>
          const left = tf.sum(tf.mul(layer.apply(x), y));
          expect(left).toBeAllClose(tf.sum(tf.mul(x, other.apply(y))), { abs: 1e-4, rel: 1e-4 });
          expectNoLeak(() => other.apply(y));
        }
      },
    );

    it('starts as loud as a convolution', () => {
      const deviation = (y: Tensor) => tf.sqrt(tf.mean(tf.square(y)));
      const options = { window: 4, stride: 2, bias: false };
      const x = forX.normal([8, 16, 16, 32]);
      const down = new Conv2d(forLayer, 32, 32, options).apply(x);
      const up = new ConvTranspose2d(forLayer, 32, 32, [32, 32], options).apply(x);
      // Variance 1 / 3 of inputs of variance 1, less at the rim; 16384 weights tell it to 1 in 100.
      for (const y of [down, up]) expect(deviation(y)).toBeAllClose(3 ** -0.5, { rel: 0.08 });
    });
  });
});

describe('convolutions refuse', () => {
  it('what is no image of theirs', () => {
    const layer = new Conv2d(forLayer, 2, 3);
    expect(() => layer.apply(tf.zeros([5, 5, 2]))).toThrow(ShapeError);
    expect(() => layer.apply(tf.zeros([1, 5, 5, 3]))).toThrow('[B, H, W, 2], got [1, 5, 5, 3]');
    const transpose = new ConvTranspose2d(forLayer, 2, 3, [7, 5], { stride: 2 });
    expect(() => transpose.apply(tf.zeros([1, 3, 3, 2]))).toThrow(
      'expected images of 4 x 3 pixels',
    );
  });

  it('options that are unknown or no sizes', () => {
    expect(() => new Conv2d(forLayer, 2, 3, { kernel: 3 } as never)).toThrow(OptionError);
    expect(() => new Conv2d(forLayer, 0, 3)).toThrow(DomainError);
    expect(() => new Conv2d(forLayer, 2, 3, { stride: 1.5 })).toThrow(DomainError);
    expect(() => new Conv2d(forLayer, 2, 3, { window: 1, stride: 2 })).toThrow(
      'leave pixels unread',
    );
    expect(() => new ConvTranspose2d(forLayer, 2, 3, [0, 5])).toThrow(DomainError);
    expect(new Conv2d(forLayer, 2, 3, { initialiser: zeros }).weight).toBeAllClose(0, {});
  });
});
