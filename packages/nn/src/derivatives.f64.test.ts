import '@pushforward/testing/float64';
import { Key } from '@pushforward/tensors';
import { finiteDifferences, jacobian } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Activation, activation, activationNames, MLP, ResidualNet } from './index.js';

/** The definitions, in plain numbers. */
const closedForms: Record<Activation, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  leakyRelu: (x) => (x > 0 ? x : x / 100),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
  silu: (x) => x / (1 + Math.exp(-x)),
  gelu: (x) => x * normalCdf(x),
};

/** Phi by its Taylor series around 0. */
function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x * (2 * n - 1)) / (2 * n * (2 * n + 1));
    sum += term;
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

const points = [-4, -1.7, -0.6, -0.02, 0.03, 0.4, 1.1, 2.9];

describe.each(activationNames)('%s', (name) => {
  const f = activation(name);
  const x = tf.tensor2d(points, [points.length, 1]);
  it('has its values', () => {
    expect(f(tf.tensor1d(points))).toBeAllClose(points.map(closedForms[name]), {
      abs: name === 'gelu' ? 1e-7 : 1e-12,
    });
  });

  it('has its first and second derivative', () => {
    const slope = (x: tf.Tensor) => tf.grad((x) => tf.sum(f(x)))(x);
    const tolerance = { abs: name === 'gelu' ? 1e-6 : 1e-8 };
    expect(tf.reshape(slope(x), [points.length, 1, 1])).toBeAllClose(
      finiteDifferences(f, x),
      tolerance,
    );
    expect(jacobian(slope, x)).toBeAllClose(finiteDifferences(slope, x), tolerance);
  });
});

describe.each([
  ['MLP', MLP],
  ['ResidualNet', ResidualNet],
] as const)('%s', (_, Net) => {
  const net = new Net(Key.from(1), { inputs: 3, outputs: 2, hidden: [8, 8], activation: 'silu' });
  for (const [i, variable] of net.parameters().entries())
    variable.assign(tf.mul(0.5, Key.from(2).foldIn(i).normal(variable.shape)));
  const x = Key.from(3).normal([4, 3]);

  it('has the Jacobian of central differences', () => {
    const f = (x: tf.Tensor) => net.apply(x);
    expect(jacobian(f, x)).toBeAllClose(finiteDifferences(f, x), { abs: 1e-8 });
  });

  it('has the Hessian of central differences', () => {
    const slope = (x: tf.Tensor) => tf.grad((x) => tf.sum(net.apply(x)))(x);
    expect(jacobian(slope, x)).toBeAllClose(finiteDifferences(slope, x), { abs: 1e-8 });
  });

  it('lets weights learn from slopes', () => {
    const weight = net.parameters()[0]!;
    const roughness = (value: tf.Tensor) => {
      weight.assign(value);
      return tf.sum(tf.square(tf.grad((x) => tf.sum(net.apply(x)))(x)));
    };
    const start = tf.clone(weight);
    const step = Key.from(4).normal(weight.shape);
    const { grads } = tf.variableGrads(() => {
      return tf.sum(tf.square(tf.grad((x) => tf.sum(net.apply(x)))(x)));
    }, [weight]);
    const along = tf.sum(tf.mul(Object.values(grads)[0]!, step));
    const h = 1e-5;
    const plus = roughness(tf.add(start, tf.mul(h, step)));
    const minus = roughness(tf.sub(start, tf.mul(h, step)));
    weight.assign(start);
    expect(along).toBeAllClose(tf.div(tf.sub(plus, minus), 2 * h), { abs: 1e-6, rel: 1e-6 });
  });
});
