import '@pushforward/testing/float64';
import '@pushforward/testing';
import { exp, Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { knotsOf } from '../../test/knots.js';
import {
  AffineNormalizer,
  inverseRationalQuadraticSpline,
  type Normalizer,
  RationalQuadraticSpline,
  rationalQuadraticSpline,
} from '../index.js';

const [forX, forH] = Key.from(44).split(2);
const ROWS = 500;

type Map = (x: Tensor, h: Tensor) => [value: Tensor, logSlope: Tensor];

/** What a family is by its definition, in both directions; h is `[ROWS, P]`. */
interface Definition {
  readonly family: Normalizer;
  readonly forward: Map;
  readonly inverse: Map;
}

const logBound = Math.log(30);
const affine = (h: Tensor): [shift: Tensor, logScale: Tensor] => {
  const [shift, raw] = tf.unstack(h, 1) as [Tensor, Tensor];
  return [shift, tf.div(raw, tf.add(1, tf.div(tf.abs(raw), logBound)))];
};

const [BINS, BOUND, SLOPES] = [5, 3, 20];
const knots = (h: Tensor): [Tensor, Tensor, Tensor] => {
  const rows = (h.arraySync() as number[][]).map((row) => knotsOf(row, BINS, BOUND, SLOPES));
  const column = (name: 'x' | 'y' | 'slopes') => tf.tensor2d(rows.map((row) => row[name]));
  return [column('x'), column('y'), column('slopes')];
};

const definitions: Record<string, Definition> = {
  'AffineNormalizer is x e^s + t with s the soft clip of its second number': {
    family: new AffineNormalizer({ scaleBound: 30 }),
    forward: (x, h) => {
      const [shift, logScale] = affine(h);
      return [tf.add(tf.mul(x, exp(logScale)), shift), logScale];
    },
    inverse: (y, h) => {
      const [shift, logScale] = affine(h);
      return [tf.div(tf.sub(y, shift), exp(logScale)), tf.neg(logScale)];
    },
  },
  'RationalQuadraticSpline is the spline through the knots that its numbers stand for': {
    family: new RationalQuadraticSpline({ bins: BINS, bound: BOUND, slopeBound: SLOPES }),
    forward: (x, h) => rationalQuadraticSpline(x, ...knots(h)),
    inverse: (y, h) => inverseRationalQuadraticSpline(y, ...knots(h)),
  },
};

describe.each(Object.entries(definitions))('%s', (_, { family, forward, inverse }) => {
  test.each([0.1, 1, 10, 1000])('for numbers of size %d', (size) => {
    tf.tidy(() => {
      const x = tf.mul(2, forX.normal([ROWS]));
      const h = tf.mul(size, forH.normal([ROWS, family.parameterCount]));
      for (const [map, defined] of [
        ['forwardAndLogDet', forward],
        ['inverseAndLogDet', inverse],
      ] as const) {
        const [value, logSlope] = family[map](x, h);
        const [expected, expectedLogSlope] = defined(x, h);
        expect(value).toBeAllClose(expected, { abs: 1e-11, rel: 1e-11 });
        expect(logSlope).toBeAllClose(expectedLogSlope, { abs: 1e-9 });
      }
    });
  });
});
