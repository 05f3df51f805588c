import { parameter } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Bijector } from '../bijector.js';
import { Affine, Exp, Logit, Sigmoid, Softplus, Tanh } from '../index.js';

interface Law {
  readonly make: () => Bijector;
  /** y, and log|dy/dx|, in double precision. */
  readonly value: (x: number) => number;
  readonly logSlope: (x: number) => number;
  readonly points: readonly number[];
  /** Where float32 still tells y from the end of its range. */
  readonly invertible: (x: number) => boolean;
  /** y where the inverse has no finite value, and that value with the log-slope of the inverse. */
  readonly edges: readonly (readonly [y: number, x: number, logSlope: number])[];
}

const line = [-90, -30, -9, -2, -0.7, -1e-3, -1e-6, 0, 1e-6, 1e-3, 0.7, 2, 9, 30, 80];
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const logLogistic = (x: number) => -softplus(x) - softplus(-x);

const laws: Record<string, Law> = {
  Affine: {
    make: () => new Affine(0.5, -3),
    value: (x) => 0.5 - 3 * x,
    logSlope: () => Math.log(3),
    points: line,
    invertible: () => true,
    edges: [[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -Math.log(3)]],
  },
  Exp: {
    make: () => new Exp(),
    value: Math.exp,
    logSlope: (x) => x,
    points: line.filter((x) => x > -80),
    invertible: () => true,
    edges: [
      [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      [-1, Number.NaN, Number.NaN],
    ],
  },
  Softplus: {
    make: () => new Softplus(),
    value: softplus,
    logSlope: (x) => -softplus(-x),
    points: line.filter((x) => x > -80),
    invertible: () => true,
    edges: [
      [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      [-1, Number.NaN, Number.NaN],
      [1e30, 1e30, 0],
    ],
  },
  Sigmoid: {
    make: () => new Sigmoid(),
    value: (x) => 1 / (1 + Math.exp(-x)),
    logSlope: logLogistic,
    points: line.filter((x) => x > -80),
    invertible: (x) => x < 9,
    edges: [
      [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [1.5, Number.NaN, Number.NaN],
      [-0.5, Number.NaN, Number.NaN],
    ],
  },
  Logit: {
    make: () => new Logit(),
    value: (x) => Math.log(x) - Math.log1p(-x),
    logSlope: (x) => -Math.log(x) - Math.log1p(-x),
    points: [1e-30, 1e-6, 0.25, 0.5, 0.75, 1 - 2 ** -10, 1 - 2 ** -24],
    invertible: () => true,
    edges: [
      [1e30, 1, -1e30],
      [-1e30, 0, -1e30],
    ],
  },
  Tanh: {
    make: () => new Tanh(),
    value: Math.tanh,
    logSlope: (x) => 2 * (Math.LN2 - x - softplus(-2 * x)),
    points: line,
    invertible: (x) => Math.abs(x) < 4,
    edges: [
      [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [-1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      [1.5, Number.NaN, Number.NaN],
    ],
  },
};

onEachEngine(() => {
  describe.each(Object.entries(laws))('%s', (_, { make, value, logSlope, points, ...law }) => {
    test('has the value and slope of its formula', () => {
      tf.tidy(() => {
        const [y, logDet] = make().forwardAndLogDet(tf.tensor1d([...points]));
        expect(y).toBeAllClose(points.map(value), { rel: 1e-5, abs: 1e-7 });
        expect(logDet).toBeAllClose(points.map(logSlope), { rel: 1e-6, abs: 1e-6 });
      });
    });

    test('has the inverse of its formula, as near as y tells it', () => {
      const invertible = points.filter(law.invertible);
      tf.tidy(() => {
        const y = tf.tensor1d(invertible.map(value));
        const [x, logDet] = make().inverseAndLogDet(y);
        // One rounding of y, divided by the slope.
        const rounding = invertible.map(
          (x) => 1e-7 * Math.max(1, Math.abs(value(x)) / Math.exp(logSlope(x)) + Math.abs(x)),
        );
        expect(tf.div(tf.sub(x, invertible), rounding)).toBeAllClose(0, { abs: 4 });
        const slopes = invertible.map((x) => -logSlope(x));
        expect(tf.div(tf.sub(logDet, slopes), rounding)).toBeAllClose(0, { abs: 30 });
      });
    });

    test('goes to its limits at the ends of its range, and is NaN beyond', () => {
      for (const [y, x, logSlope] of law.edges)
        tf.tidy(() => {
          const [inverse, logDet] = make().inverseAndLogDet(tf.scalar(y));
          expect(inverse).toBeAllClose(x, { rel: 1e-6 });
          expect(logDet).toBeAllClose(logSlope, { rel: 1e-6 });
        });
    });

    test('has the log-determinant of its derivative, itself differentiable', () => {
      tf.tidy(() => {
        const map = make();
        const ordinary = points.filter((x) => Math.abs(x) < 5 && Math.abs(x) > 1e-4 && x !== 1);
        const x = tf.tensor1d(ordinary.filter((x) => law.invertible(x) && value(x) < 5));
        const slope = tf.grad((x: tf.Tensor) => map.forward(x));
        expect(tf.log(tf.abs(slope(x)))).toBeAllClose(map.forwardAndLogDet(x)[1], { abs: 1e-4 });
        if (map instanceof Affine) return; // no curvature, which TensorFlow.js takes for a mistake
        const curvature = tf.grad(slope)(x);
        const expected = tf.mul(slope(x), tf.grad((x: tf.Tensor) => map.forwardAndLogDet(x)[1])(x));
        expect(curvature).toBeAllClose(expected, { abs: 1e-4, rel: 1e-3 });
      });
    });

    test('leaves no tensor behind', () => {
      const map = make();
      const x = tf.tensor1d([0.25, 0.5]);
      expectNoLeak(() => map.forwardAndLogDet(x));
      expectNoLeak(() => map.inverseAndLogDet(x));
      expectNoLeak(() => map.forward(x));
      expectNoLeak(() => map.inverse(x));
      expect(x.isDisposed).toBe(false);
      x.dispose();
    });

    test('refuses a context', () => {
      tf.tidy(() => {
        expect(() => make().forward(tf.zeros([2]), tf.zeros([2, 1]))).toThrow(
          'no context is expected',
        );
      });
    });
  });

  test('Affine takes one shift and scale for each column, and trains variables', () => {
    const [shift, scale] = tf.tidy(() => [
      parameter(tf.tensor1d([1, 2])),
      parameter(tf.tensor1d([3, -4])),
    ]);
    const map = new Affine(shift, scale);
    expect([...map.namedParameters().keys()]).toEqual(['shift', 'scale']);
    tf.tidy(() => {
      const [y, logDet] = map.forwardAndLogDet(tf.tensor2d([[1, 1]]));
      expect(y).toBeAllClose([[4, -2]], {});
      expect(logDet).toBeAllClose([[Math.log(3), Math.log(4)]], { rel: 1e-6 });
      expect(() => map.forward(tf.scalar(1))).toThrow('must broadcast to the shape of x, []');
    });
    map.dispose();
    expect(shift.isDisposed).toBe(true);
  });
});

test.each([
  [0, 0],
  [0, Number.NaN],
  [Number.POSITIVE_INFINITY, 1],
])('Affine(%d, %d) is refused', (shift, scale) => {
  expect(() => new Affine(shift, scale)).toThrow('must be finite');
});
