/** UMNN with the weights of a reference implementation. */
import { Key, type Tensor } from '@pushforward/tensors';
import { describeGolden, type GoldenRecord, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UMNN, type UMNNOptions } from '../index.js';

const double = Float32Array.BYTES_PER_ELEMENT === 8;
const largest = (x: Tensor) => Math.max(...valuesOf(tf.abs(x)));

describeGolden('t07_umnn', ({ cases, tolerance }) => {
  const networks = cases.filter(({ name }) => name.startsWith('umnn'));

  /** The reference keeps beta apart from the embedding; ours is read by f, here with weight 0. */
  const build = (params: GoldenRecord, steps: number): UMNN => {
    const layers = params.records('layers');
    const weights = layers.map((layer) => tf.transpose(layer.tensor('W')));
    const umnn = new UMNN(Key.from(1), {
      embedding: weights[0]!.shape[0],
      hidden: layers.slice(0, -1).map((layer) => layer.vector('b').length),
      activation: params.text('activation') as NonNullable<UMNNOptions['activation']>,
      leastSlope: 0,
      steps,
    });
    for (const [i, { weight, bias }] of umnn.area.integrand.net.layers.entries()) {
      bias!.assign(layers[i]!.tensor('b'));
      const [ofT, ofH] = tf.split(weights[i]!, [1, weights[i]!.shape[0] - 1], 0);
      const forBeta = tf.zeros([1, weights[i]!.shape[1]!]);
      weight.assign(i === 0 ? tf.concat([ofT!, forBeta, ofH!], 0) : weights[i]!);
    }
    return umnn;
  };
  const given = (input: GoldenRecord) => {
    const x = input.tensor('x');
    const beta = tf.reshape(input.tensor('beta'), [-1, 1]);
    const h = tf.reshape(input.tensor('h'), [x.size, -1]);
    return { x, h: tf.concat([beta, h], 1) };
  };
  const ofLargest = (expected: Tensor, rel: number) => ({ abs: rel * largest(expected) + 1e-12 });

  onEachEngine(() => {
    describe.each(networks)('$name', ({ params, input, output }) => {
      it.each([10, 20, 50])('has its values with %d steps', (steps) => {
        const { x, h } = given(input);
        const [F, logSlope] = build(params, steps).forwardAndLogDet(x, h);
        const close = double ? { abs: 1e-12 } : tolerance;
        const expected = output.record('F_cc').tensor(String(steps));
        expect(F).toBeAllClose(expected, close);
        expect(logSlope).toBeAllClose(output.tensor('logf'), close);
        const byRule = largest(tf.sub(expected, output.tensor('F')));
        expect(F).toBeAllClose(output.tensor('F'), { abs: 2e-6 + 1.01 * byRule, rel: 2e-6 });
      });

      it('has its gradients', () => {
        const kinked = params.text('activation') === 'relu';
        const umnn = build(params, kinked ? 400 : 50);
        const { x, h } = given(input);
        for (const [which, i, rel] of [
          ['grad_sumF', 0, kinked ? 2e-3 : 1e-4],
          ['grad_sumlogf', 1, 1e-4],
        ] as const) {
          const expected = output.record(which);
          const f = () => tf.sum<tf.Scalar>(umnn.forwardAndLogDet(x, h)[i]);
          const { grads } = tf.variableGrads(f, umnn.parameters());
          const layers = expected.records('layers');
          for (const [l, { weight, bias }] of umnn.area.integrand.net.layers.entries()) {
            const ours = tf.transpose(grads[weight.name]!);
            const columns = ours.shape[1]!;
            const [ofT, , ofH] =
              l === 0 ? tf.split(ours, [1, 1, columns - 2], 1) : [ours, ours, undefined];
            const W = ofH === undefined ? ofT : tf.concat([ofT, ofH], 1);
            expect(W).toBeAllClose(layers[l]!.tensor('W'), ofLargest(layers[l]!.tensor('W'), rel));
            const b = layers[l]!.tensor('b');
            expect(grads[bias!.name]!).toBeAllClose(b, ofLargest(b, rel));
          }
          const sum = (x: Tensor, h: Tensor) => tf.sum(umnn.forwardAndLogDet(x, h)[i]);
          const [dx, dh] = tf.grads(sum)([x, h]) as [Tensor, Tensor];
          expect(dx).toBeAllClose(expected.tensor('x'), ofLargest(expected.tensor('x'), rel));
          const [ofBeta, ofH] = tf.split(dh, [1, h.shape[1]! - 1], 1) as [Tensor, Tensor];
          expect(ofBeta).toBeAllClose(i === 0 ? 1 : 0, {});
          if (ofH.size === 0) continue;
          expect(ofH).toBeAllClose(expected.tensor('h'), ofLargest(expected.tensor('h'), rel));
        }
      });

      it('has its inverse', () => {
        const umnn = build(params, 100);
        const { h } = given(input);
        const [x] = umnn.inverseAndLogDet(input.tensor('z'), h);
        const kinked = params.text('activation') === 'relu';
        expect(x).toBeAllClose(output.tensor('x_inv'), { abs: kinked ? 1e-3 : 1e-5 });
      });
    });
  });
});
