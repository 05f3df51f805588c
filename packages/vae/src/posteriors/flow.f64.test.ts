import '@pushforward/testing/float64';
import { Key } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { flowPosteriors, scattered } from '../../test/flowPosteriors.js';
import { bernoulli, elbo, perceptron, vae } from '../index.js';

describe.each(Object.entries(flowPosteriors))('%s', (_, make) => {
  it('has the gradient of differences of the bound', () => {
    const model = scattered(
      vae(Key.from(1), {
        likelihood: bernoulli(4),
        posterior: make(),
        encoder: perceptron([5], 'tanh'),
        decoder: perceptron([5], 'tanh'),
        objective: elbo({ draws: 2 }),
      }),
    );
    const x = Key.from(2).bernoulli(0.4, [3, 4]);
    const weights = model.parameters();
    const loss = () => model.loss({ x }, Key.from(3)) as tf.Scalar;
    const { grads } = tf.variableGrads(loss, weights);
    for (const [i, weight] of weights.entries()) {
      // A direction for each weight by itself.
      const direction = Key.from(60 + i).normal(weight.shape);
      const slope = valuesOf(tf.sum(tf.mul(direction, grads[weight.name]!)))[0]!;
      const start = tf.clone(weight);
      const at = (step: number) => {
        weight.assign(tf.add(start, tf.mul(step, direction)));
        return valuesOf(loss())[0]!;
      };
      const step = 1e-5;
      const difference = (at(step) - at(-step)) / (2 * step);
      at(0);
      expect(slope).toBeAllClose(difference, { abs: 1e-6, rel: 1e-5 });
    }
  });
});
