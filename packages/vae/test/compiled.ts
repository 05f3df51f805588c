import { compile } from '@pushforward/compile';
import { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import type { VAE } from '../src/index.js';

/** Expects the loss of a model of five zeros and ones, and its gradients at random weights, to be the same compiled as eagerly. */
export async function expectSameCompiled(model: VAE): Promise<void> {
  for (const [i, weight] of model.parameters().entries())
    weight.assign(tf.mul(0.3, Key.from(2).foldIn(i).normal(weight.shape)));
  const step = (x: tf.Tensor, key: Key) => {
    const { value, grads } = tf.variableGrads(
      () => model.loss({ x }, key).asScalar(),
      model.parameters(),
    );
    return [value, ...Object.values(grads)];
  };
  const x = Key.from(3).bernoulli(0.4, [8, 5]);
  const compiled = compile(step);
  for (const seed of [4, 5]) {
    const eager = step(x, Key.from(seed));
    for (const [i, g] of (await compiled(x, Key.from(seed))).entries())
      expect(g).toBeAllClose(eager[i]!, { abs: 1e-5, rel: 1e-4 });
  }
  compiled.dispose();
}
