import { Module, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { ActNorm, Affine, Bijector, chain, Exp, invert, Permute, Tanh } from './index.js';

/** y = x + context, for contexts of a given size. */
class Shift extends Bijector {
  override readonly eventRank = 1;

  constructor(override readonly contextSize: number) {
    super();
  }

  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    return tf.tidy(() => [tf.add(x, context!), tf.zeros(x.shape.slice(0, -1))]);
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    return tf.tidy(() => [tf.sub(y, context!), tf.zeros(y.shape.slice(0, -1))]);
  }
}

onEachEngine(() => {
  test('a chain applies its steps in the order of the list, and adds their log-determinants', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([-1, 0, 2]);
      const [y, logDet] = chain([new Affine(1, 2), new Exp()]).forwardAndLogDet(x);
      expect(y).toBeAllClose([-1, 1, 5].map(Math.exp), { rel: 1e-6 });
      expect(logDet).toBeAllClose(
        [-1, 1, 5].map((v) => Math.log(2) + v),
        { abs: 1e-6 },
      );
      const [back, inverseLogDet] = chain([new Affine(1, 2), new Exp()]).inverseAndLogDet(y);
      expect(back).toBeAllClose(x, { abs: 1e-6 });
      expect(inverseLogDet).toBeAllClose(tf.neg(logDet), { abs: 1e-6 });
    });
  });

  test('a scalar step counts for every element of the largest event', () => {
    tf.tidy(() => {
      const map = chain([new Affine(0, 2), new Permute([1, 0]), new Affine(0, 3)]);
      expect(map.eventRank).toBe(1);
      const [y, logDet] = map.forwardAndLogDet(tf.tensor2d([[1, 2]]));
      expect(y).toBeAllClose([[12, 6]], { rel: 1e-6 });
      expect(logDet).toBeAllClose([2 * Math.log(6)], { rel: 1e-6 });
    });
  });

  test('only conditional steps see the context', () => {
    const map = chain([new Tanh(), new Shift(2), invert(new Shift(2)), new Shift(2)]);
    expect(map.contextSize).toBe(2);
    tf.tidy(() => {
      const context = tf.tensor2d([[1, 2]]);
      const y = map.forward(tf.zeros([1, 2]), context);
      expect(y).toBeAllClose([[1, 2]], {});
      expect(map.inverse(y, context)).toBeAllClose([[0, 0]], {});
      expect(() => map.forward(y)).toThrow('a context of shape [..., 2] is required');
      expect(() => chain([new Tanh()]).forward(y, context)).toThrow('no context is expected');
    });
  });

  test('the inverse of a chain is the chain of the inverses', () => {
    tf.tidy(() => {
      const map = chain([new Affine(1, 2), new Tanh()]);
      const y = tf.tensor1d([-0.5, 0, 0.75]);
      const [x, logDet] = invert(map).forwardAndLogDet(y);
      const [same, sameLogDet] = chain([
        invert(new Tanh()),
        invert(new Affine(1, 2)),
      ]).forwardAndLogDet(y);
      expect(x).toBeAllClose(same, {});
      expect(logDet).toBeAllClose(sameLogDet, {});
      expect(invert(map).inverse(x)).toBeAllClose(y, { abs: 1e-6 });
    });
  });

  test('nothing is left behind, neither by maps nor by starts', () => {
    const map = chain([new ActNorm(2), invert(new ActNorm(2)), new Tanh()]);
    const x = tf.tensor2d([
      [0.1, 0.2],
      [0.4, -0.8],
    ]);
    expectNoLeak(() => map.forwardAndLogDet(x));
    expectNoLeak(() => invert(map).forwardAndLogDet(x));
    expectNoLeak(() => map.forward(x));
    expectNoLeak(() => {
      map.prepare(x);
      invert(map).prepare(x);
    });
    x.dispose();
    map.dispose();
  });
});

test('inverting twice gives the first map back', () => {
  const map = new Tanh();
  expect(invert(invert(map))).toBe(map);
});

test('steps are modules with names', () => {
  const map = chain([new Tanh(), invert(new ActNorm(2))]);
  expect(map).toBeInstanceOf(Module);
  expect([...map.namedVariables().keys()]).toEqual([
    'steps.1.bijector.mean',
    'steps.1.bijector.logScale',
    'steps.1.bijector.initialised',
  ]);
  map.dispose();
});

test('an empty chain and contexts of different sizes are refused', () => {
  expect(() => chain([])).toThrow('at least one bijector');
  expect(() => chain([new Shift(2), new Shift(3)])).toThrow('one context size, got 2 and 3');
});
