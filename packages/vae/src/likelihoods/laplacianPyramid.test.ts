import { DiagonalNormal } from '@pushforward/distributions';
import { DomainError, Key, type Module, OptionError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, integrate2d, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type LaplacianPyramidOptions, laplacianPyramid } from '../index.js';
import { double, halve } from '../laws/haar.js';

const shapes: Record<string, LaplacianPyramidOptions> = {
  'images of one channel': { shape: [4, 4, 1], levels: 2, hidden: [3], scale: 0.5 },
  'images of two channels': { shape: [2, 4, 2], levels: 1, hidden: [3, 3], scale: 0.5 },
  'a sequence': { shape: [16, 1], levels: 3, hidden: [3], scale: 0.5 },
};

/** Weights that are not zero, as after training. */
function stir<T extends Module>(module: T, size = 0.3): T {
  for (const [i, weight] of module.parameters().entries())
    weight.assign(tf.mul(size, Key.from(100 + i).normal(weight.shape)));
  return module;
}

describe('halving', () => {
  onEachEngine(() => {
    it.each([[[1, 2]], [[1]]])('along %j takes averages and keeps lengths', (axes) => {
      const x = Key.from(1).normal([3, 4, 6, 2]);
      const halves = halve(x, axes);
      expect(double(halves, axes)).toBeAllClose(x, { abs: 1e-6 });
      const pooled = tf.avgPool(
        x as tf.Tensor4D,
        axes.length === 2 ? 2 : [2, 1],
        axes.length === 2 ? 2 : [2, 1],
        'valid',
      );
      expect(halves.coarse).toBeAllClose(pooled, { abs: 1e-6 });
      const length = tf.add(
        tf.mul(2 ** axes.length, tf.sum(tf.square(halves.coarse))),
        tf.sum(tf.square(halves.details)),
      );
      expect(length).toBeAllClose(tf.sum(tf.square(x)), { rel: 1e-5 });
    });
  });
});

describe('laplacianPyramid', () => {
  onEachEngine((engine) => {
    describe.each(Object.entries(shapes))('%s', (_, options) => {
      it.each(['learned', 'predicted'] as const)(
        'starts as N(picture, scale^2 I), %s',
        (variance) => {
          const family = laplacianPyramid(Key.from(1), { ...options, variance });
          const [x, picture] = [Key.from(2).normal([4, 16]), Key.from(3).normal([2, 4, 16])];
          const normal = new DiagonalNormal(picture, 0.5);
          expect(family.law(picture).logProb(x)).toBeAllClose(normal.logProb(x), { rel: 1e-5 });
          const draws = family.law(tf.zeros([16])).sample(Key.from(4), [500]);
          // 8000 numbers, whose mean square has a deviation of sqrt(2 / 8000).
          expect(tf.mean(tf.square(draws))).toBeAllClose(0.25, { rel: 5 * Math.sqrt(2 / 8000) });
        },
      );

      it('draws what it gives the density of', () => {
        const family = stir(laplacianPyramid(Key.from(1), { ...options, variance: 'predicted' }));
        const picture = Key.from(3).normal([16]);
        const [x, logProb] = family.law(picture).sampleAndLogProb(Key.from(4), [2000]);
        // E_p[q(x) / p(x)] = 1 for any law q; of one close to p the ratio varies little, but not without noticing other
        // draws.
        const q = family.law(tf.add(picture, tf.mul(0.05, Key.from(5).normal([16]))));
        const ratio = tf.exp(tf.sub(q.logProb(x), logProb));
        const { mean, variance } = tf.moments(ratio);
        const deviation = Math.sqrt(variance.dataSync()[0]!);
        expect(deviation).toBeGreaterThan(0.1);
        expect(deviation).toBeLessThan(3);
        expect(Math.abs(mean.dataSync()[0]! - 1)).toBeLessThan(5 * (deviation / Math.sqrt(2000)));
      });

      it('leaves no tensor behind', () => {
        const family = stir(laplacianPyramid(Key.from(1), { ...options, variance: 'predicted' }));
        const [x, picture] = [Key.from(2).normal([4, 16]), Key.from(3).normal([4, 16])];
        expectNoLeak(() => family.law(picture).logProb(x));
        expectNoLeak(() => family.law(picture).sample(Key.from(4), [2]));
        expectNoLeak(() => {
          laplacianPyramid(Key.from(1), options).dispose();
        });
      });

      // The engine has no gradient of a convolution of its own.
      if (engine !== 'wasm')
        it('has a gradient everywhere', () => {
          const family = stir(laplacianPyramid(Key.from(1), { ...options, variance: 'predicted' }));
          const [x, picture] = [Key.from(2).normal([4, 16]), tf.variable(Key.from(3).normal([16]))];
          const run = () => tf.mean<tf.Scalar>(family.law(picture).logProb(x));
          const variables = [...family.parameters(), picture];
          const { grads } = tf.variableGrads(run, variables);
          for (const { name } of variables)
            expect(valuesOf(tf.norm(grads[name]!))[0], name).toBeGreaterThan(1e-6);
        });

      it.each(['learned', 'predicted'] as const)('has a floor below its noise, %s', (variance) => {
        const family = laplacianPyramid(Key.from(1), { ...options, variance, floor: 0.01 });
        for (const [name, weight] of family.namedParameters())
          if (name.endsWith('raw')) weight.assign(tf.fill(weight.shape, -1e6));
        const picture = Key.from(3).normal([2, 16]);
        const x = tf.add(picture, tf.mul(0.01, Key.from(2).normal([2, 16])));
        const normal = new DiagonalNormal(picture, 0.01);
        expect(family.law(picture).logProb(x)).toBeAllClose(normal.logProb(x), { rel: 1e-3 });
      });
    });

    it('has noise of its own at each size, also in a single draw', () => {
      const law = laplacianPyramid(Key.from(1), { shape: [2, 1], levels: 1 }).law(tf.zeros([2]));
      const draws = tf.stack(Array.from({ length: 1000 }, (_, seed) => law.sample(Key.from(seed))));
      const covariance = tf.div(tf.matMul(draws, draws, true, false), 1000);
      // Five standard errors: of squares sqrt(2 / 1000).
      expect(covariance).toBeAllClose(tf.eye(2), { abs: 0.23 });
    });

    it('integrates to 1', () => {
      for (const variance of ['learned', 'predicted'] as const) {
        const family = stir(
          laplacianPyramid(Key.from(1), { shape: [2, 1], levels: 1, hidden: [4], variance }),
          0.7,
        );
        const law = family.law(tf.tensor1d([0.4, -0.7]));
        const density = (x: Tensor) => tf.exp(law.logProb(x));
        const total = integrate2d(density, {
          samples: law.sample(Key.from(2), [200]).arraySync() as number[][],
        });
        expect(total).toBeAllClose(1, { abs: 5e-3 });
      }
    });
  });

  it('tells details by the averages of the picture too', () => {
    const family = stir(laplacianPyramid(Key.from(1), { shape: [4, 1], levels: 1, hidden: [3] }));
    // Of two x of the same averages the law of these cancels.
    const [one, other] = [tf.tensor1d([1, 0, 2, 1]), tf.tensor1d([0, 1, 1, 2])];
    const ratio = (shift: number) => {
      const law = family.law(tf.add(tf.tensor1d([0.5, -1, 1, 0]), shift));
      return tf.sub(law.logProb(one), law.logProb(other)).dataSync()[0]!;
    };
    expect(Math.abs(ratio(0) - ratio(1))).toBeGreaterThan(0.01);
  });

  it('reads neighbours on all sides, of sequences before and behind', () => {
    const moved = (options: LaplacianPyramidOptions, size: number, changed: number) => {
      const family = stir(laplacianPyramid(Key.from(1), { ...options, levels: 1, hidden: [3] }));
      const draw = (picture: Tensor) => family.law(picture).sample(Key.from(2));
      const one = tf.cast(tf.oneHot(tf.scalar(changed, 'int32'), size), 'float32');
      const change = valuesOf(tf.abs(tf.sub(draw(one), draw(tf.zeros([size])))));
      return change.flatMap((size, i) => (size > 1e-6 ? [i] : []));
    };
    const from = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i);
    // Of four blocks of 2 x 2 pixels all read the first.
    expect(moved({ shape: [4, 4, 1] }, 16, 0)).toEqual(from(0, 15));
    // Of sixteen pairs the ninth is read by two on either side for their average, and by two more for details.
    expect(moved({ shape: [32, 1] }, 32, 16)).toEqual(from(8, 25));
  });

  it('tells noise of small images from noise of pixels', () => {
    // Blocks of 2 x 2 pixels share noise of deviation 0.4, and each pixel has its own of 0.1.
    const [forBlocks, forPixels] = Key.from(1).split(2);
    const zeros = tf.zeros([300, 2, 2, 3]);
    const blocks = double(
      { coarse: tf.mul(0.4, forBlocks.normal([300, 2, 2, 1])), details: zeros },
      [1, 2],
    );
    const x = tf.reshape(tf.add(blocks, tf.mul(0.1, forPixels.normal([300, 4, 4, 1]))), [300, 16]);
    const family = laplacianPyramid(Key.from(2), {
      shape: [4, 4, 1],
      levels: 1,
      hidden: [],
      scale: 0.3,
    });
    const scales = [...family.namedParameters()].flatMap(([name, v]) =>
      name.endsWith('raw') ? [v] : [],
    );
    expect(scales.length).toBe(2);
    const adam = tf.train.adam(0.05);
    const loss = () => family.law(tf.zeros([16])).loss({ x }, Key.from(3)) as tf.Scalar;
    for (let i = 0; i < 80; i++) adam.minimize(loss, false, scales);
    // Four averages of deviation sqrt(0.4^2 + 0.1^2 / 4), twelve details of 0.1, and half a log 4 for each average.
    const entropy = (s: number) => 0.5 * Math.log(2 * Math.PI * Math.E) + Math.log(s);
    const least = 4 * entropy(Math.sqrt(0.1625)) + 12 * entropy(0.1) + 4 * Math.log(2);
    // A mean of 300 rows with a deviation of sqrt(16 / 2).
    expect(Math.abs(loss().dataSync()[0]! - least)).toBeLessThan(5 * Math.sqrt(8 / 300));
    const draws = family.law(tf.zeros([16])).sample(Key.from(4), [2000]);
    const { coarse } = halve(tf.reshape(draws, [2000, 4, 4, 1]), [1, 2]);
    expect(tf.mean(tf.square(coarse))).toBeAllClose(0.1625, { rel: 0.1 });
  });

  it('refuses what it cannot halve', () => {
    const refused = (options: object) =>
      expect(() => laplacianPyramid(Key.from(1), options as never));
    refused({ shape: [6, 4, 1], levels: 2 }).toThrow(DomainError);
    refused({ shape: [6] }).toThrow(DomainError);
    refused({ shape: [4, 4, 1], levels: 0 }).toThrow(DomainError);
    refused({ shape: [4, 4, 1], floor: 2 }).toThrow(DomainError);
    refused({ shape: [4, 4, 1], variance: 'fixed' }).toThrow(OptionError);
    refused({ shape: [4, 4, 1], depth: 3 }).toThrow(OptionError);
  });
});
