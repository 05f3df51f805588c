import '@pushforward/testing/float64';
import { exp, Key, type Tensor } from '@pushforward/tensors';
import { finiteDifferences, jacobian, logAbsDet } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import {
  ActNorm,
  Affine,
  AffineNormalizer,
  type Bijector,
  chain,
  Exp,
  inverseRationalQuadraticSpline,
  invert,
  Logit,
  LULinear,
  type Normalizer,
  Permute,
  Planar,
  Radial,
  RationalQuadraticSpline,
  Reverse,
  rationalQuadraticSpline,
  Sigmoid,
  Softplus,
  Sylvester,
  Tanh,
} from './index.js';

const [forX, forH, forWeights] = Key.from(31).split(3);

/** Gives every weight a random value, so that nothing is tried at its start only. */
function scatter<M extends Bijector>(map: M): M {
  for (const [i, weight] of map.parameters().entries())
    weight.assign(tf.mul(0.5, forWeights.foldIn(i).normal(weight.shape)));
  return map;
}

const maps: Record<string, Bijector> = {
  Affine: new Affine(tf.tensor1d([0.5, -3, 0]), tf.tensor1d([2, -0.25, 1])),
  Exp: new Exp(),
  Softplus: new Softplus(),
  Sigmoid: new Sigmoid(),
  Tanh: new Tanh(),
  'Logit o Sigmoid': chain([new Sigmoid(), new Affine(0.1, 0.8), new Logit()]),
  Permute: new Permute([2, 0, 1]),
  Reverse: new Reverse(3),
  LULinear: scatter(new LULinear(3)),
  'LULinear.rotation': LULinear.rotation(forWeights, 3),
  ActNorm: scatter(new ActNorm(3)),
  Planar: scatter(new Planar(forX, { features: 3 })),
  Radial: scatter(new Radial(forX, { features: 3 })),
  'Sylvester of orthogonal columns': scatter(new Sylvester(forX, { features: 3, rank: 2 })),
  'Sylvester of reflections': scatter(new Sylvester(forX, { features: 3, basis: 'householder' })),
  'Sylvester of triangles': scatter(new Sylvester(forX, { features: 3, basis: 'triangular' })),
  chain: chain([new Tanh(), scatter(new LULinear(3)), new Exp(), scatter(new ActNorm(3))]),
  invert: invert(chain([scatter(new ActNorm(3)), scatter(new LULinear(3))])),
};

describe.each(Object.entries(maps))('%s', (_, map) => {
  const perVector = (logDet: Tensor) => (logDet.rank === 2 ? tf.sum(logDet, -1) : logDet);

  test('has the log-determinant of its finite differences, and the inverse', () => {
    tf.tidy(() => {
      const x = forX.normal([20, 3]);
      const [y, logDet] = map.forwardAndLogDet(x);
      const differences = finiteDifferences((x) => map.forward(x), x);
      expect(perVector(logDet)).toBeAllClose(differences.map(logAbsDet), { abs: 1e-7 });
      const [back, inverseLogDet] = map.inverseAndLogDet(y);
      expect(back).toBeAllClose(x, { abs: 1e-10 });
      expect(inverseLogDet).toBeAllClose(tf.neg(logDet), { abs: 1e-10 });
    });
  });
});

/** A map of x and the parameters of one family, value and log-slope, as one of the vector of both. */
type Curve = (x: Tensor, h: Tensor) => [value: Tensor, logSlope: Tensor];

function both(family: Normalizer, map: 'forwardAndLogDet' | 'inverseAndLogDet'): Curve {
  return (x, h) => family[map](x, h);
}

const K = 4;
/** Sums of the first, of the first two, ... of K + 1 numbers. */
const upTo = tf.linalg.bandPart(tf.ones([K + 1, K + 1]), 0, -1);
/** The kernel with knots at sums of e^h, which leave the ends free. */
function throughKnots(spline: typeof rationalQuadraticSpline): Curve {
  return (x, h) => {
    const [x0, widths, y0, heights, slopes] = tf.split(exp(h), [1, K, 1, K, K + 1], -1) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const knots = (start: Tensor, sizes: Tensor) =>
      tf.sub(tf.matMul(tf.concat([start, sizes], -1), upTo), 3);
    return spline(x, knots(x0, widths), knots(y0, heights), slopes);
  };
}

const affine = new AffineNormalizer({ scaleBound: 20 });
const spline = new RationalQuadraticSpline({ bins: K, bound: 3 });
const curves: Record<string, [P: number, Curve]> = {
  'AffineNormalizer, forward': [2, both(affine, 'forwardAndLogDet')],
  'AffineNormalizer, inverse': [2, both(affine, 'inverseAndLogDet')],
  'RationalQuadraticSpline, forward': [3 * K - 1, both(spline, 'forwardAndLogDet')],
  'RationalQuadraticSpline, inverse': [3 * K - 1, both(spline, 'inverseAndLogDet')],
  'spline through knots, forward': [3 * K + 3, throughKnots(rationalQuadraticSpline)],
  'spline through knots, inverse': [3 * K + 3, throughKnots(inverseRationalQuadraticSpline)],
};

describe.each(Object.entries(curves))('%s', (_, [P, curve]) => {
  const rows = 40;
  /** x and h side by side `[rows, 1 + P]` -> value and log-slope `[rows, 2]`. */
  const joined = (xh: Tensor) =>
    tf.stack(
      curve(tf.squeeze(tf.slice(xh, [0, 0], [-1, 1]), [1]), tf.slice(xh, [0, 1], [-1, P])),
      1,
    );
  const points = () => tf.concat([tf.mul(2, forX.normal([rows, 1])), forH.normal([rows, P])], 1);

  test('has the first derivatives of finite differences, and their logarithm', () => {
    tf.tidy(() => {
      const xh = points();
      const slopes = jacobian(joined, xh);
      expect(slopes).toBeAllClose(finiteDifferences(joined, xh), { abs: 1e-7, rel: 1e-7 });
      const logSlope = tf.slice(joined(xh), [0, 1], [-1, 1]);
      const fromDerivative = slopes.map(([value]) => [Math.log(value![0]!)]);
      expect(logSlope).toBeAllClose(fromDerivative, { abs: 1e-9 });
    });
  });

  test('has the second derivatives of finite differences', () => {
    tf.tidy(() => {
      const gradient = tf.grad((xh: Tensor) => tf.sum(tf.square(joined(xh))));
      const xh = points();
      const hessian = jacobian(gradient, xh);
      const scale = Math.max(...hessian.flat(2).map(Math.abs));
      expect(hessian).toBeAllClose(finiteDifferences(gradient, xh), {
        abs: 1e-8 * scale,
        rel: 1e-5,
      });
    });
  });
});
