import { Affine, chain } from '@pushforward/bijectors';
import { Key, ShapeError, type Tensor } from '@pushforward/tensors';
import {
  dkwBound,
  expectNoLeak,
  integrate1d,
  integrate2d,
  kolmogorovSmirnov,
  onEachEngine,
  valuesOf,
} from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  Bernoulli,
  Categorical,
  DiagonalNormal,
  type Distribution,
  Independent,
  Mixture,
  MultivariateNormal,
  Normal,
  normalizingFlow,
  pushforward,
  stack,
  standardNormal,
  Uniform,
} from './index.js';

/** Unconditional laws of numbers and vectors; those of one or two continuous numbers must integrate to 1. */
const laws: Record<string, () => Distribution> = {
  'standard normal, number': () => standardNormal([]),
  'standard normal, vector': () => standardNormal([2]),
  'standard normal, image': () => standardNormal([2, 2, 1]),
  Normal: () => new Normal(0.5, 2),
  'Normal, narrow': () => new Normal(-3, 0.02),
  'Normal, batch': () => new Normal([0, 1, 2], [[1], [2]]),
  DiagonalNormal: () => new DiagonalNormal([1, -2], [0.5, 3]),
  MultivariateNormal: () =>
    new MultivariateNormal(
      [1, -2],
      [
        [0.5, 0],
        [-2, 1.5],
      ],
    ),
  'MultivariateNormal, batch': () =>
    new MultivariateNormal(
      tf.tensor2d([
        [1, -2],
        [0, 0],
      ]),
      tf.tensor3d([
        [
          [0.5, 0],
          [-2, 1.5],
        ],
        [
          [1, 0],
          [1, 1],
        ],
      ]),
    ),
  Uniform: () => new Uniform(-1.5, 4),
  'Uniform, batch': () => new Uniform([-1, 0], 4),
  Bernoulli: () => new Bernoulli(0.75),
  'Bernoulli, batch': () => new Bernoulli([-2, 0, 2]),
  Categorical: () => new Categorical([0, 1, -1, -Infinity]),
  'Categorical, batch': () =>
    new Categorical([
      [0, 1],
      [2, -2],
    ]),
  Independent: () => new Independent(new Normal([-1, 0], [1, 3]), 1),
  'Independent, batch': () =>
    new Independent(
      new Uniform(
        [[-1, 0]],
        [
          [4, 3],
          [2, 3],
        ],
      ),
      1,
    ),
  'Mixture, one law': () => new Mixture([0, 1, -1], new Normal([-4, 0, 4], [1, 0.5, 2])),
  'Mixture, list': () => new Mixture([1, 0], [new Normal(0, 1), new Uniform(2, 5)]),
  'Mixture, vectors': () =>
    new Mixture(
      [0, 1],
      new DiagonalNormal(
        [
          [-2, 0],
          [2, 1],
        ],
        [
          [1, 0.5],
          [0.5, 1],
        ],
      ),
    ),
  'Mixture, batch of weights': () =>
    new Mixture(
      [
        [0, 1],
        [1, -1],
      ],
      new Normal([-4, 0], 1),
    ),
  stack: () => stack([new Normal(0, 1), new Uniform(-1, 1)]),
  'pushforward, number': () => pushforward(new Normal(0, 1), new Affine(-1, 0.5)),
  'pushforward, vector': () =>
    pushforward(standardNormal([2]), chain([new Affine(1, 2), new Affine(0.5, -0.3)])),
  'pushforward, batch': () => pushforward(new Normal([0, 3], 1), new Affine(-1, 0.5)),
  normalizingFlow: () => normalizingFlow(new Affine(-1, 0.5), standardNormal([2])),
};

/** The chance that a correct sampler fails one of the tests below; there are fewer than a hundred of them. */
const ERROR_RATE = 1e-9;
/** The quantile of the standard normal law at 1 - ERROR_RATE / 2. */
const DEVIATIONS = 6.11;

const DRAWS = 10_000;

const isDiscrete = (law: Distribution) => law instanceof Bernoulli || law instanceof Categorical;

onEachEngine(() => {
  describe.each(Object.entries(laws))('%s', (_name, make) => {
    it('draws of the shape asked for, the same for the same key', () => {
      const law = make();
      const inner = [...law.batchShape, ...law.eventShape];
      for (const shape of [[], [3], [2, 3]]) {
        const x = law.sample(Key.from(1), shape);
        expect(x.shape).toEqual([...shape, ...inner]);
        expect(law.sample(Key.from(1), shape)).toBeAllClose(x, {});
      }
      expect(valuesOf(law.sample(Key.from(2), [30]))).not.toEqual(
        valuesOf(law.sample(Key.from(1), [30])),
      );
    });

    it('gives draws the density of logProb', () => {
      const law = make();
      const [x, logProb] = law.sampleAndLogProb(Key.from(3), [20]);
      expect(x).toBeAllClose(law.sample(Key.from(3), [20]), { abs: 1e-6, rel: 1e-6 });
      expect(logProb.shape).toEqual([20, ...law.batchShape]);
      expect(logProb).toBeAllClose(law.logProb(x), { abs: 2e-5, rel: 2e-5 });
      expect(valuesOf(logProb).every(Number.isFinite)).toBe(true);
    });

    it('treats each event by itself', () => {
      const law = make();
      const x = law.sample(Key.from(4), [5]);
      const rows = tf.unstack(x).map((row) => law.logProb(row));
      expect(law.logProb(x)).toBeAllClose(tf.stack(rows), { abs: 1e-6, rel: 1e-6 });
      const grid = tf.reshape(x, [5, 1, ...x.shape.slice(1)]);
      expect(law.logProb(grid)).toBeAllClose(tf.stack(rows).expandDims(1), {
        abs: 1e-6,
        rel: 1e-6,
      });
    });

    it('draws what its moments and distribution function say', () => {
      const law = make();
      const x = law.sample(Key.from(5), [DRAWS]);
      if (law.cdf) {
        // One test for each parameter set, at the error rate divided by their number.
        const columns = columnsOf(law.cdf(x));
        const bound = dkwBound(DRAWS, ERROR_RATE / columns.length);
        for (const column of isDiscrete(law) ? [] : columns)
          expect(kolmogorovSmirnov(column, (u) => u)).toBeLessThan(bound);
      }
      if (!law.mean || !law.variance) return;
      const means = valuesOf(law.mean());
      const variances = valuesOf(law.variance());
      expect(law.mean().shape).toEqual([...law.batchShape, ...law.eventShape]);
      expect(law.variance().shape).toEqual([...law.batchShape, ...law.eventShape]);
      for (const [i, column] of columnsOf(x).entries()) {
        const draws = valuesOf(column);
        expect(deviations(draws, means[i]!)).toBeLessThan(DEVIATIONS);
        const squares = draws.map((draw) => (draw - means[i]!) ** 2);
        expect(deviations(squares, variances[i]!)).toBeLessThan(DEVIATIONS);
      }
    });

    it('has the entropy of its draws', () => {
      const law = make();
      if (!law.entropy) return;
      const entropies = valuesOf(law.entropy());
      expect(law.entropy().shape).toEqual(law.batchShape);
      const surprise = tf.neg(law.logProb(law.sample(Key.from(6), [DRAWS])));
      for (const [i, column] of columnsOf(surprise).entries())
        expect(deviations(valuesOf(column), entropies[i]!)).toBeLessThan(DEVIATIONS);
    });

    it('has mass 1', () => {
      const law = make();
      if (law.batchShape.length > 0) return;
      const size = law.eventShape.reduce((product, n) => product * n, 1);
      if (isDiscrete(law)) {
        const support = tf.range(0, law instanceof Categorical ? law.size : 2);
        expect(tf.sum(tf.exp(law.logProb(support)))).toBeAllClose(1, { abs: 1e-6 });
        return;
      }
      const samples = tf.reshape(law.sample(Key.from(10), [200]), [200, size]);
      const density = (x: Tensor) =>
        tf.exp(law.logProb(tf.reshape(x, [x.shape[0], ...law.eventShape])));
      const integrate = size === 1 ? integrate1d : integrate2d;
      if (size <= 2) expect(integrate(density, { samples })).toBeAllClose(1, { abs: 3e-4 });
    });

    it('is never NaN, nor is its gradient', () => {
      const law = make();
      const far = [-1e30, -1e10, -50, -1, -1e-30, 0, 0.5, 1, 3, 50, 1e10, 1e30];
      const shape = [...law.batchShape, ...law.eventShape];
      for (const value of far) {
        const logProb = valuesOf(law.logProb(tf.fill(shape, value)));
        expect(logProb.some(Number.isNaN)).toBe(false);
        if (Math.abs(value) > 1e10) continue;
        const gradient = tf.grad((x) => tf.sum(law.logProb(x)))(tf.fill(shape, value));
        expect(valuesOf(gradient).every(Number.isFinite)).toBe(true);
      }
    });

    it('has no density at what is not a number, rather than the density 0', () => {
      const law = make();
      const x = tf.fill([...law.batchShape, ...law.eventShape], NaN);
      expect(valuesOf(law.logProb(x)).every(Number.isNaN)).toBe(true);
      if (!(isDiscrete(law) || law instanceof Uniform)) return;
      for (const end of [-Infinity, Infinity])
        expect(law.logProb(tf.fill(x.shape, end))).toBeAllClose(-Infinity, {});
    });

    it('wants events of its shape and no context', () => {
      const law = make();
      const x = law.sample(Key.from(7));
      const context = tf.zeros([1, 3]);
      expect(() => law.logProb(x, context)).toThrow(ShapeError);
      expect(() => law.sample(Key.from(8), [], context)).toThrow(ShapeError);
      expect(() => law.sampleAndLogProb(Key.from(8), [], context)).toThrow(ShapeError);
      if (law.eventShape.length > 0)
        expect(() => law.logProb(tf.zeros([4, ...law.eventShape.slice(1), 7]))).toThrow(ShapeError);
    });

    it('leaves no tensor behind', () => {
      const law = make();
      const x = law.sample(Key.from(9), [4]);
      expectNoLeak(() => law.logProb(x));
      expectNoLeak(() => law.sample(Key.from(9), [4]));
      expectNoLeak(() => law.sampleAndLogProb(Key.from(9), [4]));
      expectNoLeak(() => law.loss({ x }, Key.from(9)));
      expectNoLeak(() => [law.mean?.(), law.variance?.(), law.entropy?.(), law.cdf?.(x)]);
      const p = tf.scalar(0.25);
      expectNoLeak(() => law.quantile?.(p));
    });
  });
});

/** The numbers of each column: `[N, ...]` -> the columns of `[N, M]`. */
function columnsOf(x: Tensor): Tensor[] {
  return tf.unstack(tf.reshape(x, [x.shape[0], -1]), 1);
}

/** By how many standard deviations the mean of `draws` is off. */
function deviations(draws: number[], expected: number): number {
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  // Numbers that are all equal differ from what is expected by their rounding alone.
  const deviation = Math.sqrt(variance / draws.length) + 1e-7 * Math.abs(expected);
  return Math.abs(mean - expected) / deviation;
}
