import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../types.js';
import { erf, erfc } from './erf.js';
import { digamma, lgamma } from './gamma.js';
import { log1mexp } from './log1mexp.js';
import { logNdtr, ndtr } from './normal.js';
import { erfinv, ndtri } from './quantile.js';

type Map = (x: Tensor) => Tensor;

const derivative =
  (f: Map): Map =>
  (x) =>
    tf.grad((x) => tf.sum(f(x)))(x);

const functions: Record<string, Map> = {
  erf,
  erfc,
  erfinv,
  ndtr,
  ndtri,
  logNdtr,
  lgamma,
  digamma,
  log1mexp,
};

type End = [x: number, ...derivatives: number[]];

/** f, f' and f'' at the ends of the domain and beyond, as far as they have limits. */
const ends: Record<string, End[]> = {
  erf: [
    [-Infinity, -1, 0, 0],
    [-1e30, -1, 0, 0],
    [-0, 0, 2 / Math.sqrt(Math.PI), 0],
    [1e-38, 1.128379e-38, 2 / Math.sqrt(Math.PI), -2.256758e-38],
    [88, 1, 0, 0],
    [Infinity, 1, 0, 0],
  ],
  erfc: [
    [-Infinity, 2, 0, 0],
    [-88, 2, 0, 0],
    [0, 1, -2 / Math.sqrt(Math.PI), 0],
    [88, 0, 0, 0],
    [1e30, 0, 0, 0],
    [Infinity, 0, 0, 0],
  ],
  erfinv: [
    [-1, -Infinity, Infinity, -Infinity],
    [-0, 0, Math.sqrt(Math.PI) / 2, 0],
    [1, Infinity, Infinity, Infinity],
    [1.001, NaN, NaN, NaN],
    [-Infinity, NaN, NaN, NaN],
  ],
  ndtr: [
    [-Infinity, 0, 0, 0],
    [-1e30, 0, 0, 0],
    [0, 0.5, 1 / Math.sqrt(2 * Math.PI), 0],
    [1e30, 1, 0, 0],
    [Infinity, 1, 0, 0],
  ],
  ndtri: [
    [0, -Infinity, Infinity, -Infinity],
    [1.2e-38, -12.948368672, 6.3980984e36, -Infinity],
    [1, Infinity, Infinity, Infinity],
    [-1e-3, NaN, NaN, NaN],
    [Infinity, NaN, NaN, NaN],
  ],
  logNdtr: [
    [-Infinity, -Infinity, Infinity],
    [-1e38, -Infinity, 1e38, -1],
    [-1e30, -Infinity, 1e30, -1],
    [-1e15, -5e29, 1e15, -1],
    [0, -Math.LN2, Math.sqrt(2 / Math.PI), -2 / Math.PI],
    [88, 0, 0, 0],
    [3e38, 0, 0, 0],
    [Infinity, 0, 0, 0],
  ],
  lgamma: [
    [-2, Infinity],
    [0, Infinity],
    [1.2e-38, 87.315912, -1 / 1.2e-38, Infinity],
    [1, 0, -0.5772156649, Math.PI ** 2 / 6],
    [2, 0, 0.4227843351, Math.PI ** 2 / 6 - 1],
    [1e30, 6.8077553e31, 69.07755, 1e-30],
    [3e38, Infinity, 88.596816, 0],
    [Infinity, Infinity, Infinity, 0],
  ],
  digamma: [
    [0, -Infinity],
    [1e-30, -1e30, Infinity],
    [1e-8, -1e8, 1e16, -2e24],
    [0.5, -1.963510026, Math.PI ** 2 / 2, -16.8287966],
    [1e30, 69.07755, 1e-30, 0],
    [Infinity, Infinity, 0],
  ],
  log1mexp: [
    [-1, NaN],
    [0, -Infinity, Infinity, -Infinity],
    [1.2e-38, -87.315912, 1 / 1.2e-38, -Infinity],
    [88, -6.0546e-39, 6.0546e-39, -6.0546e-39],
    [3e38, 0, 0, 0],
    [Infinity, 0, 0, 0],
  ],
};

/**
 * The largest relative error; in erfc and ndtr half of it is the rounding of x^2 in e^(-x^2). What is below 1.2e-38
 * engines may flush.
 */
const precision: Record<string, number> = { erfc: 5e-6, ndtr: 5e-6, logNdtr: 1.5e-6 };

/** f'' in double precision from a point and the golden value there. */
const curvatures: Record<string, (x: number, value: number) => number> = {
  erf: (x) => ((-4 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  erfc: (x) => ((4 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  ndtr: (x) => (-x / Math.sqrt(2 * Math.PI)) * Math.exp((-x * x) / 2),
  ndtri: (_, z) => 2 * Math.PI * z * Math.exp(z * z),
  erfinv: (_, y) => (Math.PI / 2) * y * Math.exp(2 * y * y),
  log1mexp: (x) => -1 / (Math.expm1(x) * -Math.expm1(-x)),
};

/** Names of the golden file. */
const goldenName = (name: string) => (name === 'logNdtr' ? 'log_ndtr' : name);

onEachEngine(() => {
  describe.each(Object.entries(functions))('%s', (name, f) => {
    it('has its limits where its domain ends, and NaN beyond', () => {
      const slope = derivative(f);
      const orders = [f, slope, derivative(slope)];
      for (const [x, ...expected] of ends[name]!)
        for (const [order, limit] of expected.entries())
          expect(orders[order]!(tf.tensor1d([x])), `derivative ${order} at ${x}`).toBeAllClose(
            [limit],
            { abs: order === 0 ? 2e-7 : 4e-38, rel: 2e-6 },
          );
    });

    it('passes NaN on, alone and in a row', () => {
      for (const length of [1, 17])
        expect(f(tf.fill([length], NaN))).toBeAllClose(
          Array.from({ length }, () => NaN),
          {},
        );
    });

    it('leaves no tensor behind', () => {
      const x = tf.tensor2d([[0.25], [0.5]]);
      expectNoLeak(() => f(x));
      expectNoLeak(() => tf.tidy(() => derivative(derivative(f))(x)));
    });
  });

  describeGolden('t01_special', ({ cases, tolerance: { rel } }) => {
    // Tails are held to a relative tolerance; only about zeros of a function is an absolute one needed.
    const zeros: Record<string, number> = { lgamma: 2e-7, digamma: 2e-7 };
    const read = (name: string) => {
      const { input, output } = cases.find((c) => c.name === name)!;
      return { x: input.vector('x'), value: output.vector('value') };
    };

    it.each(Object.entries(functions))('%s', (name, f) => {
      const { x, value } = read(goldenName(name));
      expect(f(tf.tensor1d(x))).toBeAllClose(value, {
        abs: zeros[name] ?? 1.2e-38,
        rel: precision[name] ?? 5e-7,
      });
    });

    it.each([
      ['d erf', derivative(erf)],
      ['d erfinv', derivative(erfinv)],
      ['d ndtri', derivative(ndtri)],
      ['d log_ndtr', derivative(logNdtr)],
      ['d log1mexp', derivative(log1mexp)],
      ['digamma', derivative(lgamma)],
      ['trigamma', derivative(digamma)],
      ['trigamma', derivative(derivative(lgamma))],
    ])('%s', (name, f) => {
      const { x, value } = read(name);
      const abs = name === 'digamma' ? 2e-7 : 1e-38;
      expect(f(tf.tensor1d(x))).toBeAllClose(value, { abs, rel: rel! });
    });

    it.each(Object.entries(curvatures))('the second derivative of %s', (name, curvature) => {
      const { x, value } = read(goldenName(name));
      const expected = x.map((x, i) => Math.fround(curvature(x, value[i]!)));
      const got = derivative(derivative(functions[name]!))(tf.tensor1d(x));
      expect(got).toBeAllClose(expected, { abs: 1e-37, rel: rel! });
    });

    it('the second derivative of logNdtr', () => {
      const hazard = read('d log_ndtr');
      // -h (x + h) in double precision loses what h^2 gains on x^2; below -1000 the asymptotic series has it.
      const expected = hazard.x.map((x, i) => {
        const h = hazard.value[i]!;
        return x < -1000 ? -1 + x ** -2 : -h * (x + h);
      });
      const got = derivative(derivative(logNdtr))(tf.tensor1d(hazard.x));
      expect(got).toBeAllClose(expected, { abs: 1e-38, rel: rel! });
    });
  });
});
