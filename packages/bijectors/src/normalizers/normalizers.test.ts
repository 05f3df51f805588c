import { detach, Key } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { knotsOf } from '../../test/knots.js';
import {
  AffineNormalizer,
  type Normalizer,
  RationalQuadraticSpline,
  rationalQuadraticSpline,
} from '../index.js';

const families: Record<string, () => Normalizer> = {
  AffineNormalizer: () => new AffineNormalizer(),
  RationalQuadraticSpline: () => new RationalQuadraticSpline(),
  'RationalQuadraticSpline of 3 bins on [-2, 2]': () =>
    new RationalQuadraticSpline({ bins: 3, bound: 2, slopeBound: 20 }),
};

const [forX, forH] = Key.from(20).split(2);

/** Points in [-6, 6] and parameters of a given size for each, shapes `[count, 1]` and `[count, 1, P]`. */
function draw(family: Normalizer, count: number, size: number): [x: tf.Tensor, h: tf.Tensor] {
  const x = forX.uniform([count, 1], -6, 6);
  return [x, tf.tidy(() => tf.mul(forH.normal([count, 1, family.parameterCount]), size))];
}

onEachEngine(() => {
  describe.each(Object.entries(families))('%s', (_, make) => {
    test('is the identity at h = 0', () => {
      const family = make();
      tf.tidy(() => {
        const x = tf.tensor2d([[-1e6, -5, -1.25, -0.3, 0, 1e-6, 2, 4.999, 5, 77]]);
        const h = tf.zeros([1, 10, family.parameterCount]);
        for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
          const [y, logDet] = family[map](x, h);
          expect(y).toBeAllClose(x, { abs: 1e-6 });
          expect(logDet).toBeAllClose(0, { abs: 1e-6 });
        }
      });
      family.dispose();
    });

    test.each([1, 10, 1e4])('inverts with h of size %d', (size) => {
      const family = make();
      tf.tidy(() => {
        const [y, h] = draw(family, 2000, size);
        const [x, inverseLogDet] = family.inverseAndLogDet(y, h);
        const [again, logDet] = family.forwardAndLogDet(x, h);
        // A rounding of x, or of the shift, comes back times the slope.
        const rounding = tf.add(tf.abs(y), tf.abs(tf.sub(again, tf.mul(x, tf.exp(logDet)))));
        expect(tf.div(tf.sub(again, y), tf.add(5, rounding))).toBeAllClose(0, { abs: 1e-5 });
        expect(tf.add(logDet, inverseLogDet)).toBeAllClose(0, { abs: 5e-4 });
      });
      family.dispose();
    });

    test('is increasing', () => {
      const family = make();
      tf.tidy(() => {
        const [, h] = draw(family, 20, 3);
        const grid = tf.linspace(-6, 6, 2001);
        for (const row of tf.unstack(h)) {
          const y = family.forwardAndLogDet(grid, tf.tile(row, [2001, 1]))[0];
          const steps = valuesOf(tf.sub(tf.slice(y, [1]), tf.slice(y, [0], [2000])));
          expect(Math.min(...steps)).toBeGreaterThan(0);
        }
      });
      family.dispose();
    });

    test('has the log-slope of its derivative, in both directions', () => {
      const family = make();
      tf.tidy(() => {
        const [x, h] = draw(family, 500, 2);
        for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
          const slope = tf.grad((x: tf.Tensor) => family[map](x, h)[0])(x);
          expect(tf.log(slope)).toBeAllClose(family[map](x, h)[1], { abs: 3e-4 });
        }
      });
      family.dispose();
    });

    test('stays finite with its gradients far outside and for extreme parameters', () => {
      const family = make();
      tf.tidy(() => {
        const points = [-1e30, -1e6, -5, 0, 2, 5, 1e6, 1e30];
        for (const extreme of [-1e30, -1e4, 0, 1e4, 1e30]) {
          const x = tf.tensor2d([points]);
          const h = tf.mul(
            forH.normal([1, points.length, family.parameterCount]),
            family instanceof AffineNormalizer ? tf.tensor1d([1, extreme]) : extreme,
          );
          for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
            const both = (x: tf.Tensor, h: tf.Tensor) => tf.add(...family[map](x, h));
            const results = [...family[map](x, h), ...tf.grads(both)([x, h])];
            expect(results.flatMap(valuesOf).filter((v) => !Number.isFinite(v))).toEqual([]);
          }
        }
      });
      family.dispose();
    });

    test('passes NaN on', () => {
      const family = make();
      tf.tidy(() => {
        const x = tf.tensor2d([[Number.NaN, 0]]);
        const h = tf.ones([1, 2, family.parameterCount]);
        for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const)
          expect(valuesOf(family[map](x, h)[0]).map(Number.isNaN)).toEqual([true, false]);
        const lost = tf.mul(h, tf.tensor3d([[[Number.NaN], [1]]]));
        expect(
          valuesOf(family.forwardAndLogDet(tf.zeros([1, 2]), lost)[0]).map(Number.isNaN),
        ).toEqual([true, false]);
      });
      family.dispose();
    });

    test('refuses parameters of another shape', () => {
      const family = make();
      const P = family.parameterCount;
      tf.tidy(() => {
        for (const shape of [[2, P + 1], [3, P], [P]])
          expect(() => family.forwardAndLogDet(tf.zeros([2]), tf.zeros(shape))).toThrow(
            `the parameters must have shape [2, ${P}], got [${shape.join(', ')}]`,
          );
      });
      family.dispose();
    });

    test('leaves no tensor behind', () => {
      const family = make();
      const [x, h] = draw(family, 3, 1);
      expectNoLeak(() => family.forwardAndLogDet(x, h));
      expectNoLeak(() => family.inverseAndLogDet(x, h));
      expectNoLeak(() =>
        tf.grads((x: tf.Tensor, h: tf.Tensor) => tf.addN(family.forwardAndLogDet(x, h)))([x, h]),
      );
      expectNoLeak(() => {
        make().dispose();
      });
      tf.dispose([x, h]);
      family.dispose();
    });
  });

  test('the affine scale stays within a factor of ten unless asked otherwise', () => {
    tf.tidy(() => {
      const h = tf.tensor3d([
        [
          [0, 1e30],
          [0, -1e30],
        ],
      ]);
      const [y] = new AffineNormalizer().forwardAndLogDet(tf.ones([1, 2]), h);
      expect(y).toBeAllClose([[10, 0.1]], { rel: 1e-6 });
    });
  });

  test('the affine scale is e^r, and reaches its bound only in the limit', () => {
    const family = new AffineNormalizer({ scaleBound: 100 });
    tf.tidy(() => {
      const h = tf.tensor3d([
        [
          [2, 0.01],
          [2, 1e30],
          [2, -1e30],
        ],
      ]);
      const [y, logDet] = family.forwardAndLogDet(tf.tensor2d([[3, 3, 3]]), h);
      expect(logDet).toBeAllClose(
        [[0.01 / (1 + 0.01 / Math.log(100)), Math.log(100), -Math.log(100)]],
        { rel: 1e-5 },
      );
      expect(y).toBeAllClose([[3 * Math.exp(0.00997833) + 2, 302, 2.03]], { rel: 1e-5 });
    });
  });

  describe('RationalQuadraticSpline', () => {
    const B = 5;

    test('is the spline through the knots that its parameters stand for', () => {
      const family = new RationalQuadraticSpline();
      tf.tidy(() => {
        const [draws, h] = draw(family, 300, 3);
        // Among them some next to the ends, where the spline and the identity must not be taken for each other.
        const near = [2e-5, 1e-4, 1e-3, 1e-2].flatMap((gap) => [gap - B, B - gap]);
        const x = tf.concat([tf.tensor2d(near, [8, 1]), tf.slice(draws, [8])]);
        const rows = h.arraySync() as number[][][];
        const knots = rows.map(([row]) => knotsOf(row!, 8, B, 10));
        const column = (name: 'x' | 'y' | 'slopes') => tf.tensor3d(knots.map((k) => [k[name]]));
        const [y, logDet] = family.forwardAndLogDet(x, h);
        const expected = rationalQuadraticSpline(x, column('x'), column('y'), column('slopes'));
        expect(y).toBeAllClose(expected[0], { abs: 1e-5 });
        expect(logDet).toBeAllClose(expected[1], { abs: 1e-4 });
      });
      family.dispose();
    });

    test('leaves what is outside as it is, with slope 1 and no gradient in the parameters', () => {
      const family = new RationalQuadraticSpline();
      tf.tidy(() => {
        const x = tf.tensor2d([[-1e6, -5.5, -B - 2 ** -21, -B, B, B + 2 ** -21, 6.25, 3e8]]);
        const h = tf.mul(10, forH.normal([1, 8, 23]));
        for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
          const [y, logDet] = family[map](x, h);
          expect(y).toBeAllClose(x, {});
          expect(logDet).toBeAllClose(0, {});
          const [dx, dh] = tf.grads((x, h) => family[map](x, h)[0])([x, h]);
          expect(dx).toBeAllClose(1, {});
          expect(dh).toBeAllClose(0, {});
          expect(tf.grad((h: tf.Tensor) => family[map](x, h)[1])(h)).toBeAllClose(0, {});
        }
      });
      family.dispose();
    });

    test('is continuous with its slope across every knot and at both ends', () => {
      const family = new RationalQuadraticSpline();
      tf.tidy(() => {
        const h = tf.mul(3, forH.normal([1, 23]));
        const knots = knotsOf(valuesOf(h), 8, B, 10).x;
        const step = 1e-5;
        const around = (offset: number) =>
          family.forwardAndLogDet(
            tf.tensor1d(knots.map((knot) => knot + offset)),
            tf.tile(h, [knots.length, 1]),
          );
        const [below, logBelow] = around(-step);
        const [above, logAbove] = around(step);
        const steepest = Math.exp(Math.max(...valuesOf(logBelow)));
        expect(above).toBeAllClose(below, { abs: 4 * step * steepest });
        expect(logAbove).toBeAllClose(logBelow, { abs: 5e-3 });
      });
      family.dispose();
    });

    test('the inverse is exact to a rounding of the bound at ten times ordinary parameters', () => {
      const family = new RationalQuadraticSpline();
      tf.tidy(() => {
        const [y, h] = draw(family, 20000, 10);
        const [again] = family.forwardAndLogDet(family.inverseAndLogDet(y, h)[0], h);
        expect(tf.div(tf.sub(again, y), B)).toBeAllClose(0, { abs: 1e-5 });
      });
      family.dispose();
    });

    test('can be differentiated twice', () => {
      const family = new RationalQuadraticSpline();
      tf.tidy(() => {
        const [x, h] = draw(family, 50, 1);
        for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
          const slope = tf.grad((x: tf.Tensor) => family[map](x, h)[0]);
          // y'' = y' (log y')'
          const expected = tf.mul(slope(x), tf.grad((x: tf.Tensor) => family[map](x, h)[1])(x));
          expect(tf.grad(slope)(x)).toBeAllClose(expected, { abs: 2e-3, rel: 2e-3 });
          // d/dh of y' is y' times that of log y'.
          const throughSlope = tf.grad((h: tf.Tensor) =>
            tf.grad((x: tf.Tensor) => family[map](x, h)[0])(x),
          )(h);
          const steepness = detach(slope(x));
          const throughLog = tf.grad((h: tf.Tensor) => tf.mul(steepness, family[map](x, h)[1]))(h);
          expect(throughSlope).toBeAllClose(throughLog, { abs: 2e-3, rel: 2e-3 });
        }
      });
      family.dispose();
    });
  });
});

test('options that are unknown or outside their domain are refused', () => {
  expect(() => new AffineNormalizer({ scaleBound: 1 })).toThrow('must be finite and > 1, got 1');
  expect(() => new RationalQuadraticSpline({ bins: 1 })).toThrow('an integer >= 2, got 1');
  expect(() => new RationalQuadraticSpline({ bound: 0 })).toThrow('must be finite and > 0, got 0');
  expect(() => new RationalQuadraticSpline({ slopeBound: 0.5 })).toThrow('must be finite and > 1');
  expect(() => new RationalQuadraticSpline({ slope: 2 } as object)).toThrow(
    "unknown option 'slope'",
  );
});
