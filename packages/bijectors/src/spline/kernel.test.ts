import { describeGolden, expectNoLeak, type GoldenCase, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { inverseRationalQuadraticSpline, rationalQuadraticSpline } from './kernel.js';

type Spline = typeof rationalQuadraticSpline;

/** The same knots for each of the points. */
function through(params: GoldenCase['params'], points: number): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const rows = (name: string) =>
    tf.stack(Array.from({ length: points }, () => params.tensor(name)));
  return [rows('x_knots'), rows('y_knots'), rows('derivatives')];
}

describeGolden('t03_rqs', ({ cases, tolerance: { abs = 0, rel = 0 } }) => {
  onEachEngine(() => {
    test.each(cases)('$name', ({ name, params, input, output }) => {
      const slopes = params.vector('derivatives');
      const extreme = name.includes('extreme');
      const steepest = extreme ? Math.max(...slopes) : 1;
      const flattest = Math.min(1, ...slopes);
      tf.tidy(() => {
        const x = input.tensor('x');
        const [y, logDet] = rationalQuadraticSpline(x, ...through(params, x.size));
        expect(y).toBeAllClose(output.vector('y'), { abs: abs * steepest, rel: rel * steepest });
        expect(logDet).toBeAllClose(
          output.vector('logabsdet'),
          extreme ? { abs: 1e-4 } : { abs, rel },
        );

        const target = input.tensor('y');
        const knots = through(params, target.size);
        const [inverse, inverseLogDet] = inverseRationalQuadraticSpline(target, ...knots);
        expect(inverse).toBeAllClose(output.vector('x_inv'), {
          abs: abs / flattest,
          rel: rel / flattest,
        });
        if (!extreme)
          expect(inverseLogDet).toBeAllClose(output.vector('logabsdet_inv'), { abs: 2 * abs, rel });
        // One rounding of x comes back times the slope.
        const [back] = rationalQuadraticSpline(inverse, ...knots);
        const slope = output.vector('logabsdet_inv').map((l) => Math.max(1, Math.exp(-l)));
        expect(tf.div(tf.sub(back, target), slope)).toBeAllClose(0, { abs: 1e-6 });
      });
    });

    test.each(cases.filter(({ output }) => output.has('grads')))(
      '$name',
      ({ params, input, output }) => {
        const grads = output.record('grads');
        tf.tidy(() => {
          const x = input.tensor('x');
          const knots = through(params, x.size);
          for (const [i, value] of ['y', 'logabsdet'].entries()) {
            const [dx, ...dKnots] = tf.grads(
              (x, knotsX, knotsY, slopes) =>
                rationalQuadraticSpline(x, knotsX, knotsY, slopes)[i as 0 | 1],
            )([x, ...knots]) as [tf.Tensor, ...tf.Tensor[]];
            const check = (got: tf.Tensor, want: number[]) => {
              const largest = Math.max(...want.map(Math.abs));
              expect(got).toBeAllClose(want, { abs: 2e-5 * largest });
            };
            check(dx, grads.vector(`d_sum_${value}_d_x`));
            for (const [k, field] of ['x_knots', 'y_knots', 'derivatives'].entries())
              check(tf.sum(dKnots[k]!, 0), grads.vector(`d_sum_${value}_d_${field}`));
          }
        });
      },
    );
  });
});

onEachEngine(() => {
  const knots = (): [tf.Tensor, tf.Tensor, tf.Tensor] => [
    tf.tensor2d([[-1, 0.5, 2]]),
    tf.tensor2d([[0, 1, 5]]),
    tf.tensor2d([[0.5, 2, 3]]),
  ];

  test.each([
    ['forward', rationalQuadraticSpline],
    ['inverse', inverseRationalQuadraticSpline],
  ] as [string, Spline][])('%s leaves no tensor behind', (_, spline) => {
    const [x, ...rest] = [tf.tensor1d([0.25]), ...knots()] as const;
    expectNoLeak(() => spline(x, ...rest));
    tf.dispose([x, ...rest]);
  });

  test('straight lines continue the spline, with their slope in the gradient', () => {
    tf.tidy(() => {
      const at = (x: number) =>
        tf.valueAndGrad((x: tf.Tensor) => rationalQuadraticSpline(x, ...knots())[0])(
          tf.tensor1d([x]),
        );
      expect(at(12).value).toBeAllClose([5 + 3 * 10], { rel: 1e-6 });
      expect(at(12).grad).toBeAllClose([3], { rel: 1e-6 });
      expect(at(-11).value).toBeAllClose([-0.5 * 10], { rel: 1e-6 });
      expect(at(-11).grad).toBeAllClose([0.5], { rel: 1e-6 });
    });
  });

  test('knots of another number of rows are refused', () => {
    tf.tidy(() => {
      const [x, y, slopes] = knots();
      expect(() => rationalQuadraticSpline(tf.zeros([2]), x, y, slopes)).toThrow(
        'knotsX must have shape [2, 3]',
      );
    });
  });
});
