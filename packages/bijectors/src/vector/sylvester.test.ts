import { DomainError, Key, OptionError, type Tensor } from '@pushforward/tensors';
import {
  describeGolden,
  expectNoLeak,
  type GoldenCase,
  jacobian,
  logAbsDet,
  onEachEngine,
  valuesOf,
} from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  type Bijector,
  chain,
  Planar,
  Radial,
  Reverse,
  Sylvester,
  type SylvesterOptions,
} from '../index.js';

/** The map of a golden case, by the numbers that select it. */
function planarOf({ params }: GoldenCase): Bijector {
  const [u, w] = [params.vector('u'), params.vector('w')];
  const map = new Planar(Key.from(1), { features: w.length });
  map.selection.weights.assign(tf.tensor1d([...u, ...w, params.number('b')]));
  return map;
}

function radialOf({ params }: GoldenCase): Bijector {
  const centre = params.vector('z0');
  const map = new Radial(Key.from(1), { features: centre.length });
  const numbers = [...centre, params.number('log_alpha'), params.number('beta')];
  map.selection.weights.assign(tf.tensor1d(numbers));
  return map;
}

function sylvesterOf({ name, params }: GoldenCase): Bijector {
  const [R, S] = [params.matrix('R'), params.matrix('Rt')];
  const Q = params.matrix('Q');
  const basis = name.split(' ')[1] as NonNullable<SylvesterOptions['basis']>;
  const sizes = { orthogonal: { rank: R.length }, householder: {}, triangular: {} }[basis];
  const reflections = params.has('V') ? { reflections: params.matrix('V').length } : {};
  const map = new Sylvester(Key.from(1), { features: Q.length, basis, ...sizes, ...reflections });
  const raw = (bounded: number) => Math.atanh(bounded / 0.99);
  const both = R.map((row, i) =>
    row.map((entry, j) => (i === j ? raw(entry) : i < j ? entry : S[j]![i]!)),
  );
  const ofQ = ['Qraw', 'V']
    .filter((field) => params.has(field))
    .flatMap((field) => params.matrix(field));
  const diagonal = S.map((row, i) => raw(row[i]!));
  map.selection.weights.assign(
    tf.tensor1d([...ofQ.flat(), ...both.flat(), ...diagonal, ...params.vector('b')]),
  );
  if (basis !== 'triangular' || Q[0]![0] === 1) return map;
  const reverse = new Reverse(Q.length);
  return chain([reverse, map, reverse]);
}

describeGolden('t09_planar_radial_sylvester', ({ cases, tolerance }) => {
  const kinds = { planar: planarOf, radial: radialOf, sylvester: sylvesterOf };
  const build = (example: GoldenCase) =>
    kinds[example.name.split(' ')[0] as keyof typeof kinds](example);

  onEachEngine(() => {
    it.each(cases)('$name', (example) => {
      const z = example.input.tensor('z');
      const [y, logDet] = build(example).forwardAndLogDet(z);
      expect(y).toBeAllClose(example.output.matrix('y'), tolerance);
      expect(logDet).toBeAllClose(example.output.vector('logabsdet'), tolerance);
      const [back, inverseLogDet] = build(example).inverseAndLogDet(example.output.tensor('y'));
      expect(back).toBeAllClose(z, { abs: 2e-5 });
      expect(inverseLogDet).toBeAllClose(tf.neg(example.output.tensor('logabsdet')), { abs: 2e-5 });
    });
  });
});

const [forMap, forZ, forContext, forWeights] = Key.from(3).split(4);

const maps: Record<string, (context?: number) => Planar | Radial | Sylvester> = {
  Planar: (context = 0) => new Planar(forMap, { features: 4, context }),
  Radial: (context = 0) => new Radial(forMap, { features: 4, context }),
  'Sylvester of orthogonal columns': (context = 0) =>
    new Sylvester(forMap, { features: 4, rank: 2, context }),
  'Sylvester of reflections': (context = 0) =>
    new Sylvester(forMap, { features: 4, basis: 'householder', reflections: 3, context }),
  'Sylvester of triangles': (context = 0) =>
    new Sylvester(forMap, { features: 4, basis: 'triangular', context }),
};

/** With weights of any size. */
function scattered(
  build: () => Planar | Radial | Sylvester,
  size: number,
): Planar | Radial | Sylvester {
  const map = build();
  for (const [i, weight] of map.parameters().entries())
    tf.tidy(() => {
      weight.assign(tf.mul(size, forWeights.foldIn(i).normal(weight.shape)));
    });
  return map;
}

onEachEngine(() => {
  describe.each(Object.entries(maps))('%s', (_, build) => {
    it('starts as the identity, for a context of 0 too', () => {
      const z = forZ.normal([5, 4]);
      for (const [map, context] of [
        [build(), undefined],
        [build(3), tf.zeros([5, 3])],
      ] as const) {
        const [y, logDet] = map.forwardAndLogDet(z, context);
        expect(y).toBeAllClose(z, { abs: 1e-6 });
        expect(logDet).toBeAllClose(tf.zeros([5]), { abs: 2e-6 });
      }
    });

    it('tells its context from the first step on', () => {
      const map = build(3);
      const z = forZ.normal([5, 4]);
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(map.forward(z, tf.zeros([5, 3])))),
        map.parameters(),
      );
      // The context is 0, so A has no gradient, but the context has.
      expect(Math.max(...Object.values(grads).flatMap((g) => valuesOf(tf.abs(g))))).toBeGreaterThan(
        0.01,
      );
      const toContext = tf.grad((c: Tensor) => tf.sum(tf.square(map.forward(z, c))))(
        tf.zeros([5, 3]),
      );
      expect(Math.min(...valuesOf(tf.abs(toContext)))).toBeGreaterThan(1e-4);
    });

    it('takes contexts of fewer axes than its vectors have', () => {
      const map = scattered(() => build(3), 0.5);
      const [z, context] = [forZ.normal([6, 5, 4]), forContext.normal([5, 3])];
      const [y, logDet] = map.forwardAndLogDet(z, context);
      const spread = tf.broadcastTo(context, [6, 5, 3]);
      const [each, logDets] = map.forwardAndLogDet(z, spread);
      expect(y).toBeAllClose(each, { abs: 1e-5 });
      expect(logDet).toBeAllClose(logDets, { abs: 1e-5 });
      const [back, inverse] = map.inverseAndLogDet(y, context);
      expect(back).toBeAllClose(z, { abs: 1e-3 });
      expect(inverse).toBeAllClose(tf.neg(logDet), { abs: 1e-3 });
    });

    it.each([0.1, 3, 30])('is inverted whatever its weights are, of size %d', (size) => {
      const map = scattered(build, size);
      const y = tf.mul(3, forZ.normal([200, 4]));
      const [z, inverseLogDet] = map.inverseAndLogDet(y);
      const [again, logDet] = map.forwardAndLogDet(z);
      const scale = tf.add(tf.abs(y), tf.max(tf.abs(z)));
      // Roundings of z are multiplied by weights before the hyperbolic tangent, and behind it.
      const rounding = 1e-6 * Math.max(1, size ** 2);
      expect(tf.div(tf.sub(again, y), scale)).toBeAllClose(0, { abs: rounding });
      expect(inverseLogDet).toBeAllClose(tf.neg(logDet), { abs: rounding });
      expect(tf.all(tf.isFinite(logDet)).dataSync()[0]).toBe(1);
    });

    it('leaves no tensor behind', () => {
      const map = build(3);
      const [z, context] = [forZ.normal([5, 4]), forContext.normal([5, 3])];
      expectNoLeak(() => map.forwardAndLogDet(z, context));
      expectNoLeak(() => map.inverseAndLogDet(z, context));
      expectNoLeak(() => {
        build(3).dispose();
      });
    });
  });

  it.each([1, 0.1, 2e-3])(
    'has orthonormal columns where those of its numbers differ by %d',
    (gap) => {
      const map = new Sylvester(forMap, { features: 3, rank: 2 });
      const columns = [1, 1, 2, 2, 2, 2 + 3 * gap];
      // The log-determinant is that of the Jacobian only if the columns are orthonormal.
      map.selection.weights.assign(tf.tensor1d([...columns, 1, -2, 3, -1, 2, -1, 0.5, 0]));
      const z = forZ.normal([20, 3]);
      const expected = jacobian((z) => map.forward(z), z).map(logAbsDet);
      expect(map.forwardAndLogDet(z)[1]).toBeAllClose(expected, { abs: 3e-6 });
    },
  );
});

describe('planar, radial and Sylvester maps', () => {
  it('refuse what makes no sense', () => {
    const key = Key.from(1);
    expect(() => new Planar(key, { features: 0 })).toThrow(DomainError);
    expect(() => new Planar(key, { features: 2, context: -1 })).toThrow(DomainError);
    expect(() => new Planar(key, { features: 2, rank: 1 } as never)).toThrow(OptionError);
    expect(() => new Radial(key, { features: 2, rank: 1 } as never)).toThrow(OptionError);
    expect(() => new Sylvester(key, { features: 2, rank: 3 })).toThrow(DomainError);
    expect(() => new Sylvester(key, { features: 2, basis: 'lu' as never })).toThrow(OptionError);
    expect(() => new Sylvester(key, { features: 2, basis: 'triangular', rank: 2 })).toThrow(
      OptionError,
    );
    expect(() => new Sylvester(key, { features: 2, reflections: 2 })).toThrow(OptionError);
  });
});
