import { DomainError, OptionError, parameter } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Adam } from './index.js';

onEachEngine(() => {
  it('moves by the learning rate against the sign of the first gradient, whatever its size', () => {
    const x = parameter(tf.tensor1d([1, 1, 1]));
    const adam = new Adam([x]);
    adam.update([tf.tensor1d([1e-3, -5, 1e8])], tf.scalar(0.1));
    expect(x).toBeAllClose([0.9, 1.1, 0.9], { abs: 2e-6 });
  });

  it('corrects the bias at every step: under a constant gradient all steps are equal', () => {
    const x = parameter(tf.scalar(0));
    const adam = new Adam([x]);
    for (let t = 1; t <= 600; t++) {
      adam.update([tf.scalar(3)], 0.01);
      if (t % 200 === 0) expect(x).toBeAllClose(-0.01 * t, { rel: 2e-5 });
    }
  });

  it('decays weights without passing through the moments', () => {
    const x = parameter(tf.scalar(2));
    new Adam([x], { weightDecay: 0.1 }).update([tf.scalar(0)], 0.5);
    expect(x).toBeAllClose(2 * (1 - 0.5 * 0.1), { rel: 1e-6 });
  });

  it('leaves a parameter without gradient as it is', () => {
    const [x, y] = [parameter(tf.scalar(1)), parameter(tf.scalar(1))];
    new Adam([x, y]).update([undefined, tf.scalar(1)], 0.1);
    expect([x, y]).toBeAllClose([1, 0.9], { abs: 1e-6 });
  });

  it('frees all it makes, and not what it trains', () => {
    const x = parameter(tf.zeros([3]));
    const gradient = tf.ones([3]);
    expectNoLeak(() => {
      const adam = new Adam([x]);
      adam.update([gradient], 0.1);
      adam.dispose();
    });
    expect(x.isDisposed).toBe(false);
  });
});

describe('Adam', () => {
  it('has state to save, and only its own', () => {
    const adam = new Adam([parameter(tf.zeros([3]))]);
    expect([...adam.namedVariables().keys()].sort()).toEqual([
      'squareWeight',
      'squares.0',
      'sumWeight',
      'sums.0',
    ]);
    expect(adam.parameters()).toEqual([]);
  });

  it('rejects what it does not know', () => {
    expect(() => new Adam([], { beta: 1 } as object)).toThrow(OptionError);
    expect(() => new Adam([], { beta1: 1 })).toThrow('[0, 1), got 1 and 0.999');
    expect(() => new Adam([], { epsilon: 0 })).toThrow(DomainError);
    expect(() => new Adam([], { weightDecay: -1 })).toThrow(DomainError);
  });
});
