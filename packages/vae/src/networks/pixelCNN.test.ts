import { Key } from '@pushforward/tensors';
import { jacobian } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { pixelCNN } from '../index.js';

it('tells its context to both stacks: that of pixels on the right goes through what is above alone', () => {
  const build = pixelCNN({ image: [3, 3, 1], hidden: 4, layers: 1, reach: 1, activation: 'tanh' });
  const network = build(Key.from(1), { features: 9, parameters: 1, context: 9 });
  for (const [i, weight] of network.parameters().entries())
    weight.assign(tf.mul(0.5, Key.from(100 + i).normal(weight.shape)));
  const ofContext = (context: tf.Tensor) =>
    tf.squeeze(network.parametersOf(tf.zeros([1, 9]), context), [-1]);
  const [matrix] = jacobian(ofContext, Key.from(2).normal([1, 9]));
  const reads = matrix![4]!.flatMap((slope, j) => (Math.abs(slope) > 1e-6 ? [j] : []));
  // The one in the middle: the row above, and its own, on both sides.
  expect(reads).toEqual([0, 1, 2, 3, 4, 5]);
});
