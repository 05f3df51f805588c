import '@pushforward/testing/float64';
import { Key, type Module, type Tensor } from '@pushforward/tensors';
import { finiteDifferences, jacobian } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  Conv2d,
  ConvTranspose2d,
  GRU,
  GroupNorm,
  LayerNorm,
  MultiHeadAttention,
  TimedMLP,
  Transformer,
  UNet,
} from './index.js';

const [forLayer, forX, forWeights, forStep] = Key.from(1).split(4);

/** A module as a map of vectors `[B, D]`. */
interface Row {
  readonly module: Module;
  readonly event: readonly number[];
  readonly apply: (x: Tensor) => Tensor;
}

function rowOf<M extends Module>(
  module: M,
  event: readonly number[],
  apply: (module: M, x: Tensor) => Tensor,
): Row {
  return { module, event, apply: (x) => apply(module, x) };
}

const plain = (module: Module & { apply(x: Tensor): Tensor }, event: readonly number[]) =>
  rowOf(module, event, (module, x) => module.apply(x));

const timed = (module: TimedMLP | UNet | Transformer) =>
  rowOf(module, module.eventShape, (module, x) => {
    const count = x.shape[0];
    const context = module.contextSize === 0 ? undefined : tf.ones([count, module.contextSize]);
    return module.apply(x, tf.linspace(0.1, 0.6, count), context);
  });

const rows: Readonly<Record<string, () => Row>> = {
  Conv2d: () => plain(new Conv2d(forLayer, 2, 2, { stride: 2 }), [3, 4, 2]),
  ConvTranspose2d: () =>
    plain(new ConvTranspose2d(forLayer, 2, 2, [3, 4], { window: 4, stride: 2 }), [2, 2, 2]),
  GroupNorm: () => plain(new GroupNorm(4, 2), [2, 4]),
  LayerNorm: () => plain(new LayerNorm(3), [2, 3]),
  GRU: () => plain(new GRU(forLayer, 2, 3), [4, 2]),
  'GRU of one step': () => plain(new GRU(forLayer, 2, 3), [1, 2]),
  MultiHeadAttention: () => plain(new MultiHeadAttention(forLayer, 4, { heads: 2 }), [3, 4]),
  'MultiHeadAttention of one token': () => plain(new MultiHeadAttention(forLayer, 4), [1, 4]),
  TimedMLP: () => timed(new TimedMLP(forLayer, { features: 3, hidden: [6], context: 2 })),
  UNet: () =>
    timed(
      new UNet(forLayer, {
        image: [3, 2, 1],
        channels: [4, 4],
        blocks: 1,
        groups: 2,
        heads: 2,
        context: 2,
      }),
    ),
  Transformer: () =>
    timed(
      new Transformer(forLayer, {
        event: [2, 2],
        patch: 1,
        width: 4,
        blocks: 1,
        heads: 2,
        context: 2,
      }),
    ),
};

describe.each(Object.entries(rows))('%s', (_, build) => {
  const { module, event, apply } = build();
  for (const [i, variable] of module.parameters().entries())
    variable.assign(tf.mul(0.5, forWeights.foldIn(i).normal(variable.shape)));
  const size = event.reduce((size, n) => size * n, 1);
  const f = (x: Tensor) => {
    const y = apply(tf.reshape(x, [-1, ...event]));
    return tf.reshape(y, [x.shape[0], -1]);
  };
  const x = forX.normal([2, size]);
  const slope = (x: Tensor) => tf.grad((x) => tf.sum(tf.sin(f(x))))(x);

  it('has the Jacobian of central differences', () => {
    expect(jacobian(f, x)).toBeAllClose(finiteDifferences(f, x), { abs: 1e-7, rel: 1e-6 });
  });

  it('has the second derivatives of central differences', () => {
    const direction = forStep.normal(x.shape);
    const along = (x: Tensor) => tf.sum(tf.mul(slope(x), direction));
    const h = 1e-5;
    const step = tf.mul(h, direction);
    const expected = tf.div(tf.sub(slope(tf.add(x, step)), slope(tf.sub(x, step))), 2 * h);
    expect(tf.grad(along)(x)).toBeAllClose(expected, { abs: 1e-6, rel: 1e-5 });
  });

  it('has the gradients of central differences by every weight', () => {
    const total = () => tf.sum<tf.Scalar>(tf.sin(f(x)));
    const weights = module.parameters();
    const { grads } = tf.variableGrads(total, weights);
    expect(Object.keys(grads)).toHaveLength(weights.length);
    for (const [i, weight] of weights.entries()) {
      const start = tf.clone(weight);
      const step = forStep.foldIn(i).normal(weight.shape);
      const at = (h: number) => {
        weight.assign(tf.add(start, tf.mul(h, step)));
        return total();
      };
      const h = 1e-5;
      const expected = tf.div(tf.sub(at(h), at(-h)), 2 * h);
      weight.assign(start);
      const got = tf.sum(tf.mul(grads[weight.name]!, step));
      expect(got).toBeAllClose(expected, { abs: 1e-6, rel: 1e-6 });
    }
  });
});
