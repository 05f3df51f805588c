import { DomainError, Key, parameter, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  Bernoulli,
  Categorical,
  DiagonalNormal,
  Independent,
  Normal,
  positive,
  Uniform,
} from './index.js';

describe('parameters', () => {
  onEachEngine(() => {
    it('cost no tensor as numbers', () => {
      expectNoLeak(() => {
        new Normal(0, 1);
        new DiagonalNormal([0, 1], [1, 2]);
        new Categorical([0, 1]);
      });
    });

    it('are freed with the law as tensors', () => {
      expectNoLeak(() => {
        new Normal(tf.zeros([3]), positive([1, 2, 3])).dispose();
      });
    });

    it('of Normal receive the gradients of the closed form', () => {
      const law = new Normal(parameter(tf.scalar(1)), positive(2));
      const { grads } = tf.variableGrads(
        () => law.logProb(tf.scalar(4)).asScalar(),
        law.parameters(),
      );
      const [ofLoc, ofLog] = Object.values(grads);
      // z = 3/2: d/dloc = z / scale, d/dlog scale = z^2 - 1.
      expect(ofLoc).toBeAllClose(0.75, { rel: 1e-6 });
      expect(ofLog).toBeAllClose(1.25, { rel: 1e-6 });
    });

    it('receive gradients through draws', () => {
      const low = parameter(tf.scalar(-1));
      const high = parameter(tf.scalar(3));
      const law = new Uniform(low, high);
      const [u] = valuesOf(tf.div(tf.add(law.sample(Key.from(1), [1]), 1), 4));
      const { grads } = tf.variableGrads(
        () => law.sample(Key.from(1), [1]).asScalar(),
        [low, high],
      );
      expect(Object.values(grads)[0]).toBeAllClose(1 - u!, { abs: 1e-6 });
      expect(Object.values(grads)[1]).toBeAllClose(u!, { abs: 1e-6 });
    });

    it('of discrete laws receive none through draws', () => {
      const logits = parameter(tf.tensor1d([0.5, -0.5]));
      for (const law of [new Bernoulli(logits), new Categorical(logits)]) {
        const { grads } = tf.variableGrads(() => {
          const x = law.sample(Key.from(1), [10]);
          return tf.sum(tf.mul(tf.cast(x, 'float32'), 2)).asScalar();
        }, law.parameters());
        expect(Object.values(grads)[0]).toBeAllClose([0, 0], {});
      }
    });
  });
});

describe('parameters out of range', () => {
  it('are refused as numbers', () => {
    expect(() => new Normal(0, 0)).toThrow('Normal: scale must be positive and finite, got 0.');
    expect(() => new Normal(NaN, 1)).toThrow(DomainError);
    expect(() => new DiagonalNormal([0, 1], [1, -1])).toThrow(DomainError);
    expect(() => positive([1, -2])).toThrow(DomainError);
    expect(() => new Uniform(1, 1)).toThrow(DomainError);
    expect(() => new Uniform([0, 5], [1, 4])).toThrow('low must be below high, got 5 and 4');
    expect(() => new Uniform([0, 5], 4)).toThrow(DomainError);
    expect(() => new Uniform(0, Infinity)).toThrow(DomainError);
    expect(() => new Bernoulli(Infinity)).toThrow(DomainError);
    expect(() => new Categorical([0, Infinity])).toThrow(DomainError);
  });

  it('are refused by their shape', () => {
    expect(() => new Normal([0, 1], [1, 2, 3])).toThrow(
      'Normal: shapes must agree or be 1 on every axis, got [2] and [3].',
    );
    expect(() => new Normal([0, 1], 1).logProb(tf.zeros([3]))).toThrow(ShapeError);
    expect(() => new DiagonalNormal(0, 1)).toThrow(ShapeError);
    expect(() => new Categorical(0)).toThrow(ShapeError);
    expect(() => new Categorical(tf.zeros([3, 0]))).toThrow(ShapeError);
    expect(() => new Independent(new Normal([0, 1], 1), 2)).toThrow('from 0 to 1');
  });
});
