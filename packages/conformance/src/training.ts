/** A training that is run twice, and how far apart the two come out: in tests, and in the page of the browser's. */
import { Key, type Tensor } from '@pushforward/tensors';
import { Adam } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import type { FlowRow } from './rows.js';

export const LEARNING_RATE = 1e-3;

/** A flow as its constructor leaves it, and a step of Adam on its loss. */
export function trainingOf({ build }: FlowRow) {
  const law = build(Key.from(4), 2);
  const parameters = law.parameters();
  const adam = new Adam(parameters);
  const step = (x: Tensor) =>
    tf.tidy(() => {
      const loss = () => law.loss({ x }, Key.from(0)) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, parameters);
      const gradients = parameters.map(({ name }) => grads[name]);
      adam.update(gradients, LEARNING_RATE);
      return value;
    });
  return { parameters, step };
}

/** The largest difference, as a part of the largest number expected. */
export function difference(got: Tensor, expected: Tensor): number {
  const largest = (x: Tensor) => tf.tidy(() => Math.max(0, ...tf.abs(x).dataSync()));
  const off = largest(tf.tidy(() => tf.sub(got, expected)));
  return off === 0 ? 0 : off / largest(expected);
}
