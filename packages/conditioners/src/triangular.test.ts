import { AffineNormalizer, type Bijector, RationalQuadraticSpline } from '@pushforward/bijectors';
import { DomainError, Key, type Module, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, jacobian, logAbsDet, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Adjacency, Autoregressive, Conditioner, Coupling, Triangular } from './index.js';

const [forNet, forWeights, forX, forContext] = Key.from(1).split(4);

function randomise<M extends Module>(module: M): M {
  for (const [i, variable] of module.parameters().entries())
    tf.tidy(() => {
      variable.assign(tf.mul(0.5, forWeights.foldIn(i).normal(variable.shape)));
    });
  return module;
}

/** Counts how often it is asked. */
class Counting extends Conditioner {
  override readonly adjacency: Adjacency;
  override readonly depth: number;
  override readonly transformed: readonly number[];
  override readonly parameterCount: number;
  count = 0;
  /** The most bytes that there have been when it was asked. */
  most = 0;

  constructor(readonly conditioner: Conditioner) {
    super();
    this.adjacency = conditioner.adjacency;
    this.depth = conditioner.depth;
    this.transformed = conditioner.transformed;
    this.parameterCount = conditioner.parameterCount;
  }

  override parametersOf(x: tf.Tensor): tf.Tensor {
    this.count++;
    this.most = Math.max(this.most, tf.memory().numBytes);
    return this.conditioner.parametersOf(x);
  }
}

/** Depth 2 in 5 dimensions: 0 -> {1, 4, 2}, 1 -> 3, 4 -> 3. */
const graph: Adjacency = [
  [0, 0, 0, 0, 0],
  [1, 0, 0, 0, 0],
  [1, 0, 0, 0, 0],
  [0, 1, 0, 0, 1],
  [1, 0, 0, 0, 0],
];

const network = { parameters: 2, hidden: [16, 16], activation: 'tanh' } as const;
const made = (options: object = {}) =>
  randomise(new Autoregressive(forNet, { features: 5, ...network, ...options }));
const coupled = (options: object = {}) =>
  randomise(new Coupling(forNet, { mask: [1, 0, 0, 1, 0], ...network, ...options }));

const conditioners = [
  ['an order', made, 5],
  ['another order', () => made({ order: [3, 1, 4, 0, 2] }), 5],
  ['a graph', () => made({ adjacency: graph }), 3],
  ['no edge', () => made({ adjacency: graph.map((row) => row.map(() => 0)) }), 1],
  ['a coupling', coupled, 1],
] as const;

onEachEngine(() => {
  describe.each(conditioners)('Triangular along %s', (_, build, passes) => {
    const affine = new AffineNormalizer({ scaleBound: 10 });

    it('has the log-determinant and the zeros of its Jacobian', () => {
      const conditioner = build();
      const map = new Triangular(conditioner, affine);
      const x = forX.normal([3, 5]);
      const [y, logDet] = map.forwardAndLogDet(x);
      expect([y.shape, logDet.shape]).toEqual([[3, 5], [3]]);
      const slopes = jacobian((x) => map.forward(x), x);
      expect(logDet).toBeAllClose(slopes.map(logAbsDet), { abs: 1e-5 });
      const { adjacency, transformed } = conditioner;
      for (const at of slopes)
        expect(at.map((row) => row.map((entry) => Number(entry !== 0)))).toEqual(
          adjacency.map((row, i) =>
            row.map((entry, j) => Number(i === j || (transformed.includes(i) && entry === 1))),
          ),
        );
    });

    it(`is undone in ${passes} passes`, () => {
      const counting = new Counting(build());
      const map = new Triangular(counting, affine);
      const y = forX.normal([3, 5]);
      const [x, logDet] = map.inverseAndLogDet(y);
      expect(counting.count).toBe(passes);
      const [again, forwardLogDet] = map.forwardAndLogDet(x);
      expect(counting.count).toBe(passes + 1);
      expect(again).toBeAllClose(y, { abs: 1e-5, rel: 1e-5 });
      expect(logDet).toBeAllClose(tf.neg(forwardLogDet), { abs: 1e-5 });
    });

    it('has an inverse with the inverse Jacobian', () => {
      const map = new Triangular(build(), affine);
      const y = forX.normal([2, 5]);
      const inverse = tf.tensor3d(jacobian((y) => map.inverse(y), y));
      const forward = tf.tensor3d(jacobian((x) => map.forward(x), map.inverse(y)));
      expect(tf.matMul(forward, inverse)).toBeAllClose(
        tf.tile(tf.expandDims(tf.eye(5), 0), [2, 1, 1]),
        {
          abs: 1e-4,
        },
      );
    });

    it('leaks nothing', () => {
      const map = new Triangular(build(), affine);
      const x = forX.normal([2, 3, 5]);
      expectNoLeak(() => map.forwardAndLogDet(x));
      expectNoLeak(() => map.inverseAndLogDet(x));
      expectNoLeak(() => map.forward(x));
      expectNoLeak(() => map.inverse(x));
      expectNoLeak(() => {
        new Triangular(build(), affine).dispose();
      });
    });
  });

  describe('Triangular of a long chain', () => {
    // Written out where gradients are taken, else in turns.
    const features = 70;
    const affine = new AffineNormalizer();
    const order = [...forX.permutation(features)];
    const map = (options: object = {}) =>
      new Triangular(made({ features, order, hidden: [80], ...options }), affine);

    it('inverts in turns as if they were written out, with a context for each row', () => {
      const turned = map({ context: 2 });
      const [y, context] = [forX.normal([2, 3, features]), forContext.normal([3, 2])];
      const [x, logDet] = turned.inverseAndLogDet(y, context);
      const writtenOut = (of: 0 | 1) =>
        tf.valueAndGrad((y) => tf.sum(turned.inverseAndLogDet(y, context)[of]))(y);
      for (const [i, found] of [x, logDet].entries())
        expect(tf.sum(found)).toBeAllClose(writtenOut(i as 0 | 1).value, { rel: 1e-5, abs: 1e-4 });
      const [again, back] = turned.forwardAndLogDet(x, context);
      expect(again).toBeAllClose(y, { abs: 1e-4 });
      expect(back).toBeAllClose(tf.neg(logDet), { abs: 1e-4, rel: 1e-5 });
    });

    it('asks once for each dimension, and keeps nothing', () => {
      const counting = new Counting(made({ features, order, hidden: [80] }));
      const turned = new Triangular(counting, affine);
      const y = forX.normal([3, features]);
      expectNoLeak(() => turned.inverse(y));
      expect(counting.count).toBe(features);
      // So many bytes of parameters there are after all turns, were they kept.
      const all = features * y.size * 2 * Float32Array.BYTES_PER_ELEMENT;
      const before = tf.memory().numBytes;
      expect(counting.most - before).toBeLessThan(all / 4);
    });
  });

  describe('Triangular with context', () => {
    const spline = new RationalQuadraticSpline({ bins: 4, bound: 3 });
    const maps = (): [string, Bijector][] => [
      ['order', new Triangular(made({ context: 2, parameters: 11 }), spline)],
      ['coupling', new Triangular(coupled({ context: 2, parameters: 11 }), spline)],
    ];

    it('is another map for every context, and inverts each', () => {
      const y = tf.tile(forX.normal([1, 5]), [3, 1]);
      const context = forContext.normal([3, 2]);
      for (const [, map] of maps()) {
        const [x, logDet] = map.inverseAndLogDet(y, context);
        expect(new Set(logDet.dataSync()).size).toBe(3);
        expect(map.forward(x, context)).toBeAllClose(y, { abs: 2e-5 });
      }
    });

    it('takes one context for a batch, one x for many contexts, and contexts under draws', () => {
      const [x, context] = [forX.normal([4, 3, 5]), forContext.normal([3, 2])];
      for (const [, map] of maps()) {
        const [y, logDet] = map.forwardAndLogDet(x, context);
        expect([y.shape, logDet.shape]).toEqual([
          [4, 3, 5],
          [4, 3],
        ]);
        const [inverse] = map.inverseAndLogDet(y, context);
        expect(inverse).toBeAllClose(x, { abs: 1e-4 });
        const one = tf.reshape(tf.slice(x, [2, 1, 0], [1, 1, 5]), [5]);
        const [many, perContext] = map.forwardAndLogDet(one, context);
        expect([many.shape, perContext.shape]).toEqual([[3, 5], [3]]);
        expect(tf.slice(many, 1, 1)).toBeAllClose(
          tf.reshape(tf.slice(y, [2, 1, 0], [1, 1, 5]), [1, 5]),
          { abs: 1e-5 },
        );
        expect(map.inverse(many, context)).toBeAllClose(tf.tile(tf.expandDims(one, 0), [3, 1]), {
          abs: 1e-4,
        });
        const first = tf.reshape(tf.slice(context, 0, 1), [2]);
        expect(map.forward(tf.reshape(x, [12, 5]), first).shape).toEqual([12, 5]);
      }
    });
  });
});

describe('Triangular', () => {
  it('inverts without passing through numbers larger than the answer', () => {
    // y_i = x_i + 1.9 sum_{j<i} x_j has a tame inverse, but the fixed-point iteration that sets all dimensions at once
    // goes through terms as large as 2.9^120, beyond float32.
    const features = 120;
    const conditioner = new Autoregressive(forNet, { features, parameters: 2, hidden: [] });
    const [weight] = conditioner.parameters();
    weight!.assign(tf.tile(tf.tensor2d([[1.9, 0]]), [features, features]));
    const map = new Triangular(conditioner, new AffineNormalizer());
    const x = forX.normal([4, features]);
    expect(map.inverse(map.forward(x))).toBeAllClose(x, { abs: 1e-4 });
  });

  it('refuses what does not fit', () => {
    const affine = new AffineNormalizer();
    expect(() => new Triangular(made({ parameters: 3 }), affine)).toThrow(OptionError);
    expect(() => new Triangular(made({ parameters: 3 }), affine)).toThrow(
      'the normalizer needs 2 numbers per dimension, the conditioner supplies 3',
    );
    const map = new Triangular(made({ context: 2 }), affine);
    expect(() => map.forward(tf.zeros([2, 4]), tf.zeros([2, 2]))).toThrow(ShapeError);
    expect(() => map.forward(tf.zeros([2, 5]))).toThrow('a context of shape [..., 2] is required');
    expect(() => map.inverse(tf.zeros([2, 5]), tf.zeros([2, 3]))).toThrow(ShapeError);
    expect(() =>
      new Triangular(made(), affine).forward(tf.zeros([2, 5]), tf.zeros([2, 1])),
    ).toThrow('no context is expected');
  });

  it('does not invert along a cycle', () => {
    const conditioner = new Counting(made());
    Object.assign(conditioner, {
      adjacency: graph.map((row, i) => (i === 0 ? [0, 1, 0, 0, 0] : row)),
    });
    const map = new Triangular(conditioner, new AffineNormalizer());
    expect(() => map.inverse(tf.zeros([1, 5]))).toThrow(DomainError);
    expect(() => map.inverse(tf.zeros([1, 5]))).toThrow('no cycle');
  });
});
