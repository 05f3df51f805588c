import { DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { activation, sinusoidalEmbedding, TimedMLP } from '../index.js';

const [forNet, forX, forT, forContext] = Key.from(1).split(4);

onEachEngine(() => {
  it('sinusoidalEmbedding has sines, then cosines, of falling frequencies', () => {
    const times = [0, 1, 7.5, 99];
    const frequencies = [1, 100 ** -0.25, 100 ** -0.5, 100 ** -0.75];
    const expected = times.map((t) => [
      ...frequencies.map((w) => Math.sin(t * w)),
      ...frequencies.map((w) => Math.cos(t * w)),
    ]);
    const options = { maxPeriod: 100 };
    const t = tf.tensor1d(times);
    expect(sinusoidalEmbedding(t, 8, options)).toBeAllClose(expected, { abs: 1e-5 });
    expect(sinusoidalEmbedding(tf.scalar(7.5), 8, options)).toBeAllClose(expected[2]!, {
      abs: 1e-6,
    });
    const whole = tf.range(0, 5, 1, 'int32');
    expect(sinusoidalEmbedding(whole, 4)).toBeAllClose(
      sinusoidalEmbedding(tf.cast(whole, 'float32'), 4),
      {},
    );
    expectNoLeak(() => sinusoidalEmbedding(t, 8));
  });

  describe('TimedMLP', () => {
    it('reads x, sines and cosines of the time, and a context', () => {
      const options = { features: 2, outputs: 3, context: 1, hidden: [8], timeFeatures: 4 };
      const net = new TimedMLP(forNet, { ...options, lastScale: 1, timeScale: 10 });
      const [x, t] = [forX.normal([5, 2]), forT.uniform([5])];
      const context = forContext.normal([5, 1]);
      const input = tf.concat([x, sinusoidalEmbedding(tf.mul(10, t), 4), context], 1);
      const [first, last] = net.network.layers;
      const expected = last!.apply(activation('silu')(first!.apply(input)));
      expect(net.apply(x, t, context)).toBeAllClose(expected, {});
      expect(expected.shape).toEqual([5, ...net.outputShape]);
      expectNoLeak(() => net.apply(x, t, context));
    });

    it('starts at zero', () => {
      const net = new TimedMLP(forNet, { features: 2 });
      expect(net.apply(forX.normal([5, 2]), forT.uniform([5]))).toBeAllClose(0, {});
    });
  });
});

describe('a timed network refuses', () => {
  const net = new TimedMLP(forNet, { features: 2, context: 3, hidden: [4] });
  const [x, t, context] = [tf.zeros([5, 2]), tf.zeros([5]), tf.zeros([5, 3])];
  it.each([
    ['x of another shape', () => net.apply(tf.zeros([5, 3]), t, context), '[B, 2] is needed'],
    ['x without rows', () => net.apply(tf.zeros([2]), t, context), '[B, 2] is needed, got [2]'],
    ['too few times', () => net.apply(x, tf.zeros([4]), context), 'one time for each of 5 rows'],
    [
      'times as columns',
      () => net.apply(x, tf.zeros([5, 1]), context),
      'got times of shape [5, 1]',
    ],
    ['no context', () => net.apply(x, t), 'is required, got none'],
    ['another context', () => net.apply(x, t, tf.zeros([5, 2])), 'expected shape [..., 3]'],
    ['too few contexts', () => net.apply(x, t, tf.zeros([1, 3])), 'one context for each of 5 rows'],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(message);
  });

  it('options that are unknown or outside their domain', () => {
    expect(() => new TimedMLP(forNet, { features: 2, width: 3 } as never)).toThrow(OptionError);
    expect(() => new TimedMLP(forNet, { features: 2, timeFeatures: 3 })).toThrow(DomainError);
    expect(() => new TimedMLP(forNet, { features: 2, timeScale: 0 })).toThrow(DomainError);
    expect(() => sinusoidalEmbedding(t, 3)).toThrow('size must be even, got 3');
    expect(() => sinusoidalEmbedding(t, 4, { maxPeriod: 1 })).toThrow(DomainError);
  });
});
