import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.js';
import type { Tensor } from '../types.js';
import {
  clip,
  elementwise,
  elu,
  exp,
  expm1,
  log1p,
  logSigmoid,
  sigmoid,
  softClip,
  softplus,
  tanh,
} from './elementary.js';

type Map = (x: Tensor) => Tensor;

/** f', by reverse-mode differentiation. */
const derivative =
  (f: Map): Map =>
  (x) =>
    tf.grad((x) => tf.sum(f(x)))(x);

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const bell = (x: number) => logistic(x) * logistic(-x);
const sechSquared = (x: number) => 1 / Math.cosh(x) ** 2;

/** f, f', f'' in double precision. */
const closedForms: Record<string, [f: Map, ...orders: ((x: number) => number)[]]> = {
  exp: [exp, Math.exp, Math.exp, Math.exp],
  expm1: [expm1, Math.expm1, Math.exp, Math.exp],
  log1p: [log1p, Math.log1p, (x) => 1 / (1 + x), (x) => -1 / (1 + x) ** 2],
  tanh: [tanh, Math.tanh, sechSquared, (x) => -2 * Math.tanh(x) * sechSquared(x)],
  sigmoid: [sigmoid, logistic, bell, (x) => bell(x) * (logistic(-x) - logistic(x))],
  softplus: [softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), logistic, bell],
  logSigmoid: [
    logSigmoid,
    (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
    (x) => logistic(-x),
    (x) => -bell(x),
  ],
  elu: [
    elu,
    (x) => (x > 0 ? x : Math.expm1(x)),
    (x) => (x > 0 ? 1 : Math.exp(x)),
    (x) => (x > 0 ? 0 : Math.exp(x)),
  ],
  clip: [
    (x) => clip(x, -2, 0.5),
    (x) => Math.min(Math.max(x, -2), 0.5),
    (x) => (x >= -2 && x <= 0.5 ? 1 : 0),
    () => 0,
  ],
  softClip: [
    (x) => softClip(x, 3),
    (x) => (Math.abs(x) === Infinity ? Math.sign(x) * 3 : x / (1 + Math.abs(x) / 3)),
    (x) => 1 / (1 + Math.abs(x) / 3) ** 2,
    // TensorFlow.js takes |x|' = -1 at 0.
    (x) => ((x > 0 ? -2 : 2) / 3) * (1 + Math.abs(x) / 3) ** -3,
  ],
};

/** Every magnitude of float32, both signs, the ends of exp and of tanh, the bounds of clip. */
const magnitudes = [
  0,
  1e-45,
  1e-38,
  1e-30,
  1e-20,
  1e-10,
  6e-8,
  1e-7,
  1e-5,
  1e-3,
  0.03,
  0.25,
  0.5,
  0.7,
  1,
  1.5,
  2,
  3,
  5,
  8,
  9,
  10,
  15,
  17,
  20,
  40,
  80,
  87,
  88,
  88.7,
  88.8,
  100,
  104,
  1e3,
  1e5,
  1e10,
  1e19,
  1e20,
  1e30,
  3e38,
  Infinity,
].map(Math.fround);
const points = [...magnitudes, ...magnitudes.map((x) => -x)];

onEachEngine((engine) => {
  const isNative = engine === 'tensorflow';
  // It takes numbers below 1.2e-38 for 0; its tanh is 1 from 7.91 on, three units in the last place too early.
  const seen = (x: number) => (isNative && Math.abs(x) < 1.2e-38 ? 0 * x : x);
  const rounding = (order: number) => (isNative ? 5e-7 * order : 3e-7);

  describe.each(Object.entries(closedForms))('%s', (name, [f, ...orders]) => {
    const valid = name === 'log1p' ? points.filter((x) => x > -1) : points;

    it.each([0, 1, 2])('derivative %i is right over the whole range of float32', (order) => {
      let g = f;
      for (let i = 0; i < order; i++) g = derivative(g);
      const expected = valid.map((x) => Math.fround(orders[order]!(seen(x))));
      // tanh' = 1 - tanh^2 and sigmoid'' are differences; engines flush what is less than 1.2e-38.
      const isDifference = (name === 'tanh' && order > 0) || (name === 'sigmoid' && order === 2);
      const abs = isDifference ? rounding(order) : 1.2e-38;
      expect(g(tf.tensor1d(valid))).toBeAllClose(expected, { abs, rel: 1e-6 });
    });

    it('passes NaN on, alone and in a row', () => {
      for (const length of [1, 17])
        expect(f(tf.fill([length], NaN))).toBeAllClose(
          Array.from({ length }, () => NaN),
          {},
        );
    });

    it('can be differentiated three times', () => {
      const third = derivative(derivative(derivative(f)));
      const h = 1e-4;
      const x = [-0.75, -0.375, 0.375];
      const expected = x.map((x) => (orders[2]!(x + h) - orders[2]!(x - h)) / (2 * h));
      expect(third(tf.tensor1d(x))).toBeAllClose(expected, { abs: 2e-6, rel: 1e-6 });
    });

    it('leaves no tensor behind', () => {
      const x = tf.tensor1d([-0.5, 0.5]);
      expectNoLeak(() => f(x));
      expectNoLeak(() => tf.tidy(() => derivative(derivative(f))(x)));
    });
  });

  it('log1p is -Infinity at -1 and NaN below', () => {
    expect(log1p(tf.tensor1d([-1, -1.5, -Infinity]))).toBeAllClose([-Infinity, NaN, NaN], {});
  });

  it('elementwise takes its derivative from the slope', () => {
    const cube = elementwise(
      (x) => tf.mul(x, tf.square(x)),
      (x) => tf.mul(3, tf.square(x)),
    );
    const x = tf.tensor2d([[-1], [2]]);
    expect(cube(x)).toBeAllClose([[-1], [8]], {});
    expect(derivative(cube)(x)).toBeAllClose([[3], [12]], {});
    expect(derivative(derivative(cube))(x)).toBeAllClose([[-6], [12]], {});
  });

  describeGolden('t01_special', ({ cases, tolerance }) => {
    const functions: Record<string, Map> = {
      softplus,
      log_sigmoid: logSigmoid,
      sigmoid,
      expm1,
      log1p,
      'd tanh': derivative(tanh),
    };
    it.each(Object.entries(functions))('%s', (name, f) => {
      const { input, output } = cases.find((c) => c.name === name)!;
      expect(f(input.tensor('x'))).toBeAllClose(output.vector('value'), tolerance);
    });
  });
});

it('clip and softClip refuse bounds that make no sense', () => {
  const x = tf.scalar(0);
  expect(() => clip(x, 1, 0)).toThrow(DomainError);
  expect(() => clip(x, NaN, 0)).toThrow(/low <= high is required, got NaN and 0/);
  expect(() => softClip(x, 0)).toThrow(/must be positive, got 0/);
});
