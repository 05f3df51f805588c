import { describeGolden, expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { exp } from '../ops/elementary.js';
import type { Tensor } from '../types.js';
import { integrateAdaptively } from './adaptive.js';
import { cumulativeClenshawCurtis } from './cumulative.js';
import { integral } from './integral.js';
import { clenshawCurtis, gaussLegendre, type QuadratureRule } from './rules.js';

const apply = ({ nodes, weights }: QuadratureRule, f: (x: number) => number) =>
  nodes.reduce((sum, node, k) => sum + weights[k]! * f(node), 0);

/** T_n, whose values at the nodes are of size 1 at every degree: cos(n arccos x). */
const chebyshev = (degree: number) => (x: number) => Math.cos(degree * Math.acos(x));
const ofChebyshev = (degree: number) => (degree % 2 === 1 ? 0 : 2 / (1 - degree * degree));

const sizes = [2, 3, 4, 5, 7, 10, 20, 21, 50, 100, 501];
const rules: [string, QuadratureRule][] = [
  ...sizes.map((n): [string, QuadratureRule] => [`Clenshaw-Curtis of ${n}`, clenshawCurtis(n)]),
  ...[1, ...sizes].map((n): [string, QuadratureRule] => [
    `Gauss-Legendre of ${n}`,
    gaussLegendre(n),
  ]),
];

describe.each(rules)('%s', (_, rule) => {
  it('is exact to its degree, and to no other', () => {
    for (let degree = 0; degree <= rule.degree; degree++)
      expect(Math.abs(apply(rule, chebyshev(degree)) - ofChebyshev(degree))).toBeLessThan(3e-14);
    const next = rule.degree + 1;
    expect(Math.abs(apply(rule, chebyshev(next)) - ofChebyshev(next))).toBeGreaterThan(1e-9);
  });

  it('has positive weights, and nodes that mirror each other', () => {
    expect(Math.min(...rule.weights)).toBeGreaterThan(0);
    const mirrored = rule.nodes.map((_, k) => -rule.nodes[rule.nodes.length - 1 - k]!);
    for (const [k, node] of rule.nodes.entries()) expect(node).toBeCloseTo(mirrored[k]!, 15);
  });
});

it('both rules converge geometrically for 1 / (1 + 4 x^2), and at the third power of n for |x|^3', () => {
  const bump = (x: number) => 1 / (1 + 4 * x * x);
  for (const rule of [clenshawCurtis, gaussLegendre]) {
    const error = (n: number) => Math.abs(apply(rule(n), bump) - Math.atan(2));
    // Poles at +-i/2: errors shrink by (1/2 + sqrt(5/4))^-1 with each node at the least.
    expect(error(20) / error(10)).toBeLessThan(((1 + Math.sqrt(5)) / 2) ** -10);
    expect(error(80)).toBeLessThan(1e-14);
    const kinked = (n: number) => Math.abs(apply(rule(n), (x) => Math.abs(x) ** 3) - 0.5);
    expect(kinked(80) / kinked(20)).toBeLessThan(4 ** -3);
    expect(kinked(80)).toBeGreaterThan(1e-10);
  }
});

it('rules are computed once, and nodes of n steps are among those of 2 n', () => {
  expect(clenshawCurtis(20)).toBe(clenshawCurtis(20));
  expect(gaussLegendre(20)).toBe(gaussLegendre(20));
  const finer = clenshawCurtis(40).nodes;
  for (const [k, node] of clenshawCurtis(20).nodes.entries())
    expect(node).toBeCloseTo(finer[2 * k]!, 15);
  expect(() => clenshawCurtis(1)).toThrow('n must be an integer >= 2, got 1');
  expect(() => gaussLegendre(0.5)).toThrow('n must be an integer >= 1, got 0.5');
});

it('cumulative weights integrate polynomials up to every node', () => {
  for (const n of [2, 5, 20]) {
    const { nodes, weights } = clenshawCurtis(n);
    const matrix = cumulativeClenshawCurtis(n);
    for (let degree = 0; degree <= n; degree++)
      for (const [j, x] of nodes.entries()) {
        const sum = nodes.reduce((sum, node, k) => sum + matrix[j]![k]! * node ** degree, 0);
        expect(sum).toBeCloseTo((x ** (degree + 1) - (-1) ** (degree + 1)) / (degree + 1), 13);
      }
    for (const [k, weight] of weights.entries()) expect(matrix[0]![k]).toBeCloseTo(weight, 14);
  }
  expect(cumulativeClenshawCurtis(20)).toBe(cumulativeClenshawCurtis(20));
});

describeGolden('t07_umnn', ({ cases }) => {
  it('Clenshaw-Curtis rules have their nodes and weights', () => {
    const given = cases.filter(({ name }) => name.startsWith('clenshaw-curtis'));
    expect(given.length).toBe(49);
    for (const { params, output } of given) {
      const { nodes, weights } = clenshawCurtis(params.number('n'));
      for (const [k, node] of output.vector('nodes').entries())
        expect(nodes[k]).toBeCloseTo(node, 14);
      for (const [k, weight] of output.vector('weights').entries())
        expect(weights[k]).toBeCloseTo(weight, 14);
    }
  });
});

onEachEngine(() => {
  const growth = (t: Tensor, a?: Tensor) => exp(tf.mul(a!, t));
  const rule = clenshawCurtis(20);

  describe.each([1, 4, 21])('integral, %d nodes at once', (nodesAtOnce) => {
    const grown = (x: Tensor, a: Tensor) => integral(growth, x, [a], { rule, nodesAtOnce });
    const x = [-3, 0, 0.5, 2];
    const a = [0.3, -2, 1.5, 1];

    it('is that of e^(a t), with its gradients', () => {
      tf.tidy(() => {
        const expected = x.map((x, i) => Math.expm1(a[i]! * x) / a[i]!);
        expect(grown(tf.tensor1d(x), tf.tensor1d(a))).toBeAllClose(expected, {
          rel: 1e-5,
          abs: 1e-6,
        });
        const [dx, da] = tf.grads(grown)([tf.tensor1d(x), tf.tensor1d(a)]);
        expect(dx).toBeAllClose(
          x.map((x, i) => Math.exp(a[i]! * x)),
          { rel: 1e-5 },
        );
        const slopes = x.map((x, i) => (x * Math.exp(a[i]! * x) - expected[i]!) / a[i]!);
        expect(da).toBeAllClose(slopes, { rel: 1e-5, abs: 1e-5 });
      });
    });

    it('sums the gradient of what all points share', () => {
      tf.tidy(() => {
        const points = tf.tensor2d([[1, 2, 0.5]]);
        const shared = tf.grad((a: Tensor) => tf.sum(grown(points, a)))(tf.scalar(0.5));
        const single = tf.grad((a: Tensor) => tf.sum(grown(points, a)))(tf.fill([1, 3], 0.5));
        expect(shared).toBeAllClose(tf.sum(single), { rel: 1e-5 });
      });
    });

    it('can be differentiated twice, in every pair of its arguments', () => {
      tf.tidy(() => {
        const [points, rates] = [tf.tensor1d([0.5, 2]), tf.tensor1d([1.5, 1])];
        const [dx, da] = [0, 1].map(
          (i) => (x: Tensor, a: Tensor) => tf.sum(tf.grads(grown)([x, a])[i]!),
        ) as [typeof grown, typeof grown];
        const e = [0.5 * 1.5, 2].map(Math.exp);
        const [xx, xa] = tf.grads(dx)([points, rates]);
        expect(xx).toBeAllClose([1.5 * e[0]!, e[1]!], { rel: 1e-5 });
        expect(xa).toBeAllClose([0.5 * e[0]!, 2 * e[1]!], { rel: 1e-5 });
        const [ax, aa] = tf.grads(da)([points, rates]);
        expect(ax).toBeAllClose([0.5 * e[0]!, 2 * e[1]!], { rel: 1e-4 });
        const second = (x: number, a: number) =>
          (x * x * Math.exp(a * x)) / a -
          (2 * x * Math.exp(a * x)) / a ** 2 +
          (2 * Math.expm1(a * x)) / a ** 3;
        expect(aa).toBeAllClose([second(0.5, 1.5), second(2, 1)], { rel: 1e-4 });
      });
    });

    it('leaves no tensor behind, differentiated or not', () => {
      const [points, rates] = [tf.tensor1d(x), tf.tensor1d(a)];
      expectNoLeak(() => grown(points, rates));
      expectNoLeak(() => tf.grads(grown)([points, rates]));
      expectNoLeak(() =>
        tf.tidy(() => tf.grad((x: Tensor) => tf.grads(grown)([x, rates])[1]!)(points)),
      );
    });
  });

  it('an integral of an integral is differentiated through both, each once', () => {
    tf.tidy(() => {
      // e^(a y) with y = int_0^x e^(a t) dt: a enters the outer integral directly and through its bound.
      const twice = (x: Tensor, a: Tensor) =>
        integral(growth, integral(growth, x, [a], { rule }), [a], { rule });
      const x = tf.tensor1d([1.25]);
      const y = (a: number) => Math.expm1(1.25 * a) / a;
      const z = (a: number) => Math.expm1(a * y(a)) / a;
      const da = (a: Tensor) => tf.grad((a: Tensor) => twice(x, a))(a);
      const h = 1e-4;
      expect(da(tf.scalar(0.75))).toBeAllClose((z(0.75 + h) - z(0.75 - h)) / (2 * h), {
        rel: 1e-4,
      });
      const second = (z(0.75 + h) - 2 * z(0.75) + z(0.75 - h)) / h ** 2;
      expect(tf.grad(da)(tf.scalar(0.75))).toBeAllClose(second, { rel: 1e-3 });
    });
  });

  it('memory does not grow with the steps where few nodes are taken at once', () => {
    const peak = (steps: number) => {
      let largest = 0;
      const watched = (t: Tensor, a?: Tensor) => {
        const y = tf.square(exp(tf.mul(a!, exp(t))));
        largest = Math.max(largest, tf.memory().numBytes);
        return y;
      };
      const before = tf.memory().numBytes;
      tf.tidy(() =>
        tf.grads((x: Tensor, a: Tensor) =>
          integral(watched, x, [a], { rule: clenshawCurtis(steps), nodesAtOnce: 1 }),
        )([tf.zeros([1000]), tf.zeros([1000])]),
      );
      return largest - before;
    };
    // The rule itself: a place and a weight for each node.
    expect(peak(100) - peak(20)).toBe(8 * 80);
    expect(peak(500) - peak(20)).toBe(8 * 480);
  });

  it.each<[string, (t: Tensor) => Tensor, (t: number) => number]>([
    ['a wave', (t) => tf.cos(tf.mul(6, t)), (t) => Math.sin(6 * t) / 6],
    ['growth', tf.exp, Math.exp],
    ...[2, 8, 20].flatMap((sharpness): [string, (t: Tensor) => Tensor, (t: number) => number][] =>
      [0.1, 1.3, 2.7].map((at) => [
        `a peak 1 / ${sharpness} wide at ${at}`,
        (t) => tf.reciprocal(tf.add(1, tf.square(tf.mul(sharpness, tf.sub(t, at))))),
        (t) => Math.atan(sharpness * (t - at)) / sharpness,
      ]),
    ),
  ])('integrateAdaptively reports no less than its error for %s', (_, f, antiderivative) => {
    const ends = [0.5, 1.7, 3, 4];
    const high = tf.tensor1d(ends);
    for (const tolerance of [1e-2, 1e-4]) {
      const { value, error } = integrateAdaptively(f, tf.zeros([4]), high, { tolerance });
      const reported = valuesOf(error);
      for (const [i, found] of valuesOf(value).entries()) {
        const exact = antiderivative(ends[i]!) - antiderivative(0);
        const rounding = 1e-6 * Math.max(1, Math.abs(exact));
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(reported[i]! + rounding);
      }
      tf.dispose([value, error]);
    }
    high.dispose();
  });

  it('integrateAdaptively is not fooled by a peak that four steps straddle', () => {
    const peak = (t: Tensor) => tf.exp(tf.neg(tf.square(tf.mul(25, tf.sub(t, 0.3)))));
    const options = { tolerance: 1e-3 };
    const { value } = integrateAdaptively(peak, tf.zeros([1]), tf.ones([1]), options);
    expect(value).toBeAllClose([Math.sqrt(Math.PI) / 25], { abs: 1e-3 });
  });

  it('integrateAdaptively does not see a peak between its first points', () => {
    const peak = (t: Tensor) => tf.exp(tf.neg(tf.square(tf.mul(2000, tf.sub(t, 0.43)))));
    const { value, converged } = integrateAdaptively(peak, tf.zeros([1]), tf.ones([1]));
    expect(converged).toBe(true);
    expect(value).toBeAllClose([0], { abs: 1e-9 });

    // One that a single point sees is more than is reported, too.
    const narrow = (t: Tensor) => tf.reciprocal(tf.add(1, tf.square(tf.mul(60, tf.sub(t, 2.7)))));
    const exact = (Math.atan(60 * 0.3) + Math.atan(60 * 2.7)) / 60;
    const rough = integrateAdaptively(narrow, tf.zeros([1]), tf.tensor1d([3]), { tolerance: 1e-2 });
    expect(Math.abs(valuesOf(rough.value)[0]! - exact)).toBeGreaterThan(valuesOf(rough.error)[0]!);
  });

  it('integrateAdaptively takes the steps that it needs, each point once, and knows its error', () => {
    const high = tf.tensor1d([1, 3]);
    let points = 0;
    const count = (f: (t: Tensor) => Tensor) => (t: Tensor) => {
      points += t.shape[0];
      return f(t);
    };
    const smooth = integrateAdaptively(count(tf.cos), tf.zeros([2]), high, { tolerance: 1e-5 });
    expect(smooth.converged).toBe(true);
    expect(smooth.steps).toBe(16);
    expect(points).toBe(17);
    expect(smooth.value).toBeAllClose([Math.sin(1), Math.sin(3)], { abs: 1e-6 });

    const kinked = (t: Tensor) => tf.abs(tf.sub(t, 0.4));
    const exact = [0.5 * (0.4 ** 2 + 0.6 ** 2), 0.5 * (0.4 ** 2 + 2.6 ** 2)];
    const rough = integrateAdaptively(kinked, tf.zeros([2]), high, { tolerance: 1e-4 });
    expect(rough.steps).toBeGreaterThan(smooth.steps);
    const errors = valuesOf(rough.value).map((value, i) => Math.abs(value - exact[i]!));
    expect(Math.max(...errors)).toBeLessThan(1e-4);

    const cut = integrateAdaptively(kinked, tf.zeros([2]), high, {
      tolerance: 1e-6,
      mostSteps: 16,
    });
    expect([cut.converged, cut.steps]).toEqual([false, 16]);
    expect(Math.max(...valuesOf(cut.error))).toBeGreaterThan(1e-6);
    const low = tf.zeros([2]);
    expectNoLeak(() => {
      const { value, error } = integrateAdaptively(kinked, low, high);
      tf.dispose([value, error]);
    });
    for (const options of [{ tolerance: 0 }, { mostSteps: 8 }])
      expect(() => integrateAdaptively(tf.cos, high, high, options)).toThrow(/integrateAdaptively/);
  });
});
