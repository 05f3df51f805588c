/**
 * Whole flows with the weights of a reference implementation: noise, log-determinants, densities, inverses, and the
 * gradients with respect to data and to every weight.
 *
 * The reference has other scales and slopes than our affine and spline normalizers, so these are test normalizers, the
 * spline on our kernel; everything around them is ours.
 */
import { type Bijector, chain } from '@pushforward/bijectors';
import { type Distribution, normalizingFlow, standardNormal } from '@pushforward/distributions';
import { Key, type Tensor } from '@pushforward/tensors';
import { describeGolden, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { build } from './golden/steps.js';
import type { Weight } from './golden/weights.js';

const key = Key.from(1);
const double = Float32Array.BYTES_PER_ELEMENT === 8;

describeGolden('t13_flows', ({ cases, tolerance }) => {
  const flows = cases.filter(({ params }) => params.has('flow'));

  onEachEngine(() => {
    describe.each(flows)('$name', ({ name, params, input, output }) => {
      // In double precision quadrature over a jump of f'' is what differs.
      const scale = double && name.includes('umnn') ? 10 : 1;
      const close = double ? { abs: 1e-9 * scale, rel: 1e-9 * scale } : tolerance;
      const inverted = double ? { abs: 1e-8 * scale } : { abs: 1e-4 };
      const setUp = (): [Bijector[], Distribution, Weight[]] => {
        const steps = params.record('flow').records('steps');
        const gradients = output.record('grad_nll').records('steps');
        const built = steps.map((step, i) => build(step, gradients[i]!));
        const maps = built.map(([map]) => map);
        const base = standardNormal([params.record('flow').number('dim')]);
        return [maps, normalizingFlow(chain(maps), base), built.flatMap(([, weights]) => weights)];
      };

      it('goes from data to noise', () => {
        const [maps] = setUp();
        let z = input.tensor('x');
        for (const [i, after] of tf.unstack(output.tensor('z_after_step')).entries()) {
          z = maps[i]!.forward(z);
          expect(z).toBeAllClose(after, close);
        }
        const [image, logDet] = chain(maps).forwardAndLogDet(input.tensor('x'));
        expect(image).toBeAllClose(output.tensor('z'), close);
        expect(logDet).toBeAllClose(output.tensor('logdet'), close);
      });

      it('has the density and the score', () => {
        const [, flow] = setUp();
        expect(flow.logProb(input.tensor('x'))).toBeAllClose(output.tensor('log_prob'), close);
        const score = tf.grad((x) => tf.sum(flow.logProb(x)))(input.tensor('x'));
        expect(score).toBeAllClose(
          output.tensor('score'),
          ofLargest(output.tensor('score'), scale),
        );
      });

      it('comes back from noise', () => {
        const [maps, flow] = setUp();
        const x = chain(maps).inverse(input.tensor('z'));
        expect(x).toBeAllClose(output.tensor('x_inv'), inverted);
        expect(flow.logProb(x)).toBeAllClose(output.tensor('log_prob_inv'), inverted);
      });

      it('has the gradient of every weight', () => {
        const [, flow, weights] = setUp();
        expect(weights.map(({ variable }) => variable)).toEqual(
          expect.arrayContaining(flow.parameters()),
        );
        const x = input.tensor('x');
        const { grads } = tf.variableGrads(() => flow.loss({ x }, key) as tf.Scalar);
        for (const { variable, expected, toReference } of weights)
          expect(toReference(grads[variable.name]!)).toBeAllClose(
            expected,
            ofLargest(expected, scale),
          );
      });
    });
  });
});

/** Gradients are as exact as the largest of their array. */
function ofLargest(expected: Tensor, scale: number): { abs: number } {
  const largest = tf.max(tf.abs(expected)).dataSync()[0]!;
  return { abs: (double ? 1e-8 * scale : 2e-4) * largest + (double ? 1e-12 : 1e-7) };
}
