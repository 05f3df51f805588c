import { Key, type Tensor } from '@pushforward/tensors';
import {
  describeGolden,
  dkwBound,
  expectNoLeak,
  type GoldenRecord,
  jacobian,
  kolmogorovSmirnov,
  logAbsDet,
  onEachEngine,
  valuesOf,
} from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { ActNorm, type Bijector, LULinear, Permute, Reverse } from '../index.js';
import { unclip } from '../ops.js';
import { factorise, randomRotation } from './rotation.js';

/** Sets a variable by name. */
function assign(map: Bijector, name: string, value: Tensor): void {
  map.namedVariables().get(name)!.assign(value);
}

/** The map with the factors of a golden case. */
function withFactors(params: GoldenRecord): LULinear {
  const linear = new LULinear(params.vector('log_s').length);
  tf.tidy(() => {
    const order = tf.cast(params.tensor('perm'), 'int32') as tf.Tensor1D;
    assign(linear, 'permutation', tf.gather(tf.eye(order.size), order));
    assign(linear, 'lower', params.tensor('L'));
    assign(linear, 'upper', params.tensor('U'));
    assign(linear, 'sign', params.tensor('sign'));
    assign(linear, 'logDiagonal', unclip(params.tensor('log_s'), Math.log(1000)));
  });
  return linear;
}

describeGolden('t08_linear', ({ cases, tolerance: { abs = 0, rel = 0 } }) => {
  onEachEngine(() => {
    const factored = cases.filter(({ params }) => params.has('perm'));
    test.each(factored)('$name', ({ params, input, output }) => {
      const linear = withFactors(params);
      tf.tidy(() => {
        const [y, logDet] = linear.forwardAndLogDet(input.tensor('x'));
        expect(y).toBeAllClose(output.tensor('y'), { abs, rel });
        expect(logDet).toBeAllClose(output.number('logabsdet'), { abs, rel });
        const [x, inverseLogDet] = linear.inverseAndLogDet(input.tensor('y'));
        const condition = output.number('cond');
        expect(x).toBeAllClose(output.tensor('x_inv'), { abs: abs * condition, rel });
        expect(inverseLogDet).toBeAllClose(-output.number('logabsdet'), { abs, rel });
      });
      linear.dispose();
    });

    test('the log-determinant has the gradient of the reference', () => {
      const { params, output } = factored[1]!;
      const linear = withFactors(params);
      const size = params.vector('log_s').length;
      const x = tf.eye(size);
      const weights = linear.parameters();
      const ofLogDet = tf.variableGrads(
        () => tf.mean<tf.Scalar>(linear.forwardAndLogDet(x)[1]),
        weights,
      ).grads;
      // The identity maps to W^T; contracted with the gradient with respect to W it must give the same.
      const ofW = tf.variableGrads(
        () =>
          tf.sum<tf.Scalar>(
            tf.mul(linear.forward(x), tf.transpose(output.tensor('grad_W_logabsdet'))),
          ),
        [...linear.namedParameters()].filter(([name]) => name !== 'bias').map(([, v]) => v),
      ).grads;
      for (const [name, gradient] of Object.entries(ofW))
        expect(gradient).toBeAllClose(ofLogDet[name] ?? tf.zerosLike(gradient), { abs: 1e-4 });
      tf.dispose([ofLogDet, ofW, x]);
      linear.dispose();
    });
  });
});

onEachEngine(() => {
  const maps: Record<string, () => Bijector> = {
    Permute: () => new Permute([2, 0, 3, 1]),
    Reverse: () => new Reverse(4),
    LULinear: () => new LULinear(4),
    'LULinear.rotation': () => LULinear.rotation(Key.from(5), 4),
    ActNorm: () => {
      const norm = new ActNorm(4);
      tf.tidy(() => {
        assign(norm, 'mean', tf.tensor1d([1, 0, -3, 0.5]));
        assign(norm, 'logScale', tf.tensor1d([0.5, -2, 100, 0]));
      });
      return norm;
    },
  };

  describe.each(Object.entries(maps))('%s', (_, make) => {
    test('has the log-determinant of its Jacobian and comes back', () => {
      const map = make();
      tf.tidy(() => {
        const x = Key.from(3).normal([5, 4]);
        const [y, logDet] = map.forwardAndLogDet(x);
        const J = jacobian((x) => map.forward(x), x);
        expect(logDet).toBeAllClose(J.map(logAbsDet), { abs: 1e-5 });
        const [back, inverseLogDet] = map.inverseAndLogDet(y);
        expect(back).toBeAllClose(x, { abs: 1e-5 });
        expect(inverseLogDet).toBeAllClose(tf.neg(logDet), { abs: 1e-6 });
      });
      map.dispose();
    });

    test('takes any batch, and refuses other features and a context', () => {
      const map = make();
      tf.tidy(() => {
        for (const batch of [[], [3], [2, 1, 3]]) {
          const [y, logDet] = map.forwardAndLogDet(tf.ones([...batch, 4]));
          expect([y.shape, logDet.shape]).toEqual([[...batch, 4], batch]);
          const [x, inverseLogDet] = map.inverseAndLogDet(y);
          expect([x.shape, inverseLogDet.shape]).toEqual([[...batch, 4], batch]);
        }
        expect(() => map.forward(tf.ones([2, 3]))).toThrow('expected shape [..., 4], got [2, 3]');
        expect(() => map.inverse(tf.ones([4]), tf.ones([1]))).toThrow('no context is expected');
      });
      map.dispose();
    });

    test('leaves no tensor behind', () => {
      const map = make();
      const x = tf.ones([2, 4]);
      expectNoLeak(() => map.forwardAndLogDet(x));
      expectNoLeak(() => map.inverseAndLogDet(x));
      expectNoLeak(() => {
        make().dispose();
      });
      tf.dispose(x);
      map.dispose();
    });
  });

  test('a rotation keeps lengths, and differs from key to key', () => {
    const [a, b] = [LULinear.rotation(Key.from(1), 6), LULinear.rotation(Key.from(2), 6)];
    tf.tidy(() => {
      const x = Key.from(3).normal([4, 6]);
      const [y, logDet] = a.forwardAndLogDet(x);
      expect(tf.norm(y, 2, -1)).toBeAllClose(tf.norm(x, 2, -1), { rel: 1e-5 });
      expect(logDet).toBeAllClose(0, { abs: 1e-5 });
      const far = valuesOf(tf.sub(y, b.forward(x))).filter((d) => Math.abs(d) > 0.01);
      expect(far.length).toBeGreaterThan(12);
    });
    for (const map of [a, b]) map.dispose();
  });

  test('pivots stay away from zero and infinity however far they are driven', () => {
    const linear = new LULinear(2);
    tf.tidy(() => {
      assign(linear, 'logDiagonal', tf.tensor1d([1e30, -1e30]));
      const [y, logDet] = linear.forwardAndLogDet(tf.tensor2d([[1, 1]]));
      expect(y).toBeAllClose([[1000, 0.001]], { rel: 1e-5 });
      expect(logDet).toBeAllClose([0], { abs: 1e-5 });
      expect(linear.inverse(y)).toBeAllClose([[1, 1]], { rel: 1e-5 });
    });
    linear.dispose();
  });
});

describe('random rotations', () => {
  test('are uniform over all: in three dimensions every entry is, on [-1, 1]', () => {
    const rotations = Key.from(6)
      .split(2000)
      .map((key) => randomRotation(key, 3));
    for (const [i, j] of [
      [0, 0],
      [1, 2],
      [2, 1],
    ] as const) {
      const entries = rotations.map((rotation) => rotation[i]![j]!);
      // Each of the three fails once in 1e9 keys.
      expect(kolmogorovSmirnov(entries, (x) => (x + 1) / 2)).toBeLessThan(dkwBound(2000, 1e-9));
    }
  });

  test('are orthogonal to double precision, of nearly dependent draws too', () => {
    const tight = {
      normal: () =>
        tf.tensor2d([
          [1, 1e-6, 0],
          [1, 0, 0],
          [1, 0, 1e-6],
        ]),
    };
    const Q = randomRotation(tight as unknown as Key, 3);
    const products = Q.map((a) => Q.map((b) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)));
    expect(products).toBeAllClose(
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      { abs: 1e-14 },
    );
  });

  test('are the product of their factors', () => {
    const Q = randomRotation(Key.from(7), 5);
    const { order, lower, upper } = factorise(Q);
    const product = order.map((from) =>
      upper.map((_, j) =>
        upper.reduce((sum, row, k) => sum + (k === from ? 1 : lower[from]![k]!) * row[j]!, 0),
      ),
    );
    expect(product).toBeAllClose(Q, { abs: 1e-14 });
    for (const [i, row] of upper.entries())
      for (const [j, u] of row.entries()) if (j < i) expect(u).toBeCloseTo(0, 14);
    for (const [i, row] of lower.entries()) expect(row.slice(i)).toEqual(row.slice(i).map(() => 0));
  });
});

test.each([[[]], [[0, 0]], [[1, 2]], [[0, 1.5]], [[0, Number.NaN]]])(
  'Permute refuses the order [%s]',
  (order) => {
    expect(() => new Permute(order)).toThrow('must hold each of 0, ..., D - 1 once');
  },
);

test('sizes and bounds outside their domain, and unknown options, are refused', () => {
  expect(() => new LULinear(0)).toThrow('features must be an integer >= 1, got 0');
  expect(() => new ActNorm(1.5)).toThrow('features must be an integer >= 1, got 1.5');
  expect(() => new ActNorm(2, { scaleBound: 1 })).toThrow('scaleBound must be finite and > 1');
  expect(() => new LULinear(2, { bound: 3 } as object)).toThrow("unknown option 'bound'");
});
