import '@pushforward/testing/float64';
import { parameter } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { Adam } from './index.js';

/** AdamW on 1/2 sum c_i (x_i - 1)^2, in plain numbers. */
function trajectory(steps: number, options: { rate: number; decay: number }): number[] {
  const curvature = [1, 100, 0.01];
  const x = [0.5, -2, 3];
  const [m, v] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let t = 1; t <= steps; t++)
    for (let i = 0; i < 3; i++) {
      const g = curvature[i]! * (x[i]! - 1);
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const direction = m[i]! / (1 - 0.9 ** t) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
      x[i]! -= options.rate * (direction + options.decay * x[i]!);
    }
  return x;
}

it.each([
  { rate: 0.05, decay: 0 },
  { rate: 0.01, decay: 0.1 },
])('follows the recursion written out in plain numbers, %o', (options) => {
  const x = parameter(tf.tensor1d([0.5, -2, 3]));
  const adam = new Adam([x], { weightDecay: options.decay });
  for (let t = 0; t < 300; t++) {
    const gradient = tf.tidy(() => tf.mul(tf.sub(x, 1), tf.tensor1d([1, 100, 0.01])));
    adam.update([gradient], options.rate);
    gradient.dispose();
  }
  expect(x).toBeAllClose(trajectory(300, options), { abs: 1e-12 });
});
