import { DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, jacobian, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Linear, MaskedLinear, zeros } from './index.js';

const key = Key.from(1);
const mask = [
  [1, 0, 1],
  [0, 1, 0],
];

onEachEngine(() => {
  describe('Linear', () => {
    it('is x W + b at every batch rank', () => {
      const layer = new Linear(key, 3, 2);
      layer.weight.assign(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
      layer.bias!.assign(tf.tensor1d([10, 20]));
      const x = tf.tensor4d([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, -1, 2], [2, 1, 2, 3]);
      const y = layer.apply(x);
      expect(y.shape).toEqual([2, 1, 2, 2]);
      expect(tf.reshape(y, [8])).toBeAllClose([11, 22, 13, 24, 15, 26, 18, 30], {});
      expect(layer.apply(tf.tensor1d([1, -1, 2]))).toBeAllClose([18, 30], {});
      expectNoLeak(() => layer.apply(x));
    });

    it('owns a weight and a bias, or a weight alone', () => {
      expect([...new Linear(key, 3, 2).namedParameters().keys()]).toEqual(['weight', 'bias']);
      expect([...new Linear(key, 3, 2, { bias: false }).namedParameters().keys()]).toEqual([
        'weight',
      ]);
      expect(new Linear(key, 3, 2, { bias: zeros }).bias!).toBeAllClose([0, 0], {});
      expectNoLeak(() => {
        new MaskedLinear(key, mask).dispose();
      });
    });

    it('draws its bias apart from its weight', () => {
      // With one input the two have the same shape and law.
      const { weight, bias } = new Linear(key, 1, 100);
      const [w, b] = [weight.dataSync(), bias!.dataSync()];
      expect(w.filter((value, i) => value === b[i])).toHaveLength(0);
    });
  });

  describe('MaskedLinear', () => {
    it('reads exactly what its mask shows', () => {
      const layer = new MaskedLinear(key, mask);
      const slopes = jacobian((x) => layer.apply(x), Key.from(2).normal([4, 3]));
      for (const row of slopes)
        expect(row.map((entries) => entries.map((entry) => Number(entry !== 0)))).toEqual(mask);
    });

    it('gives hidden weights no gradient', () => {
      const layer = new MaskedLinear(key, mask);
      const x = Key.from(2).normal([4, 3]);
      const { grads } = tf.variableGrads(() => tf.sum(tf.square(layer.apply(x))), [layer.weight]);
      const [gradient] = Object.values(grads);
      const shown = (gradient!.arraySync() as number[][]).map((row) =>
        row.map((entry) => Number(entry !== 0)),
      );
      expect(shown).toEqual([
        [1, 0],
        [0, 1],
        [1, 0],
      ]);
    });
  });
});

describe('MaskedLinear', () => {
  it('starts each output as a layer of as many inputs as it reads', () => {
    // 400 inputs, 20 outputs; output o reads the first 20 (o + 1).
    const layer = new MaskedLinear(
      key,
      Array.from({ length: 20 }, (_, o) =>
        Array.from({ length: 400 }, (_, i) => Number(i < 20 * (o + 1))),
      ),
    );
    const x = Key.from(3).normal([2000, 400]);
    const variances = tf.moments(tf.sub(layer.apply(x), layer.bias!), 0).variance;
    // E = 1/3; the sum of n squares of uniforms has relative error sqrt(0.8 / n), and n = 20 at least.
    expect(variances).toBeAllClose(1 / 3, { abs: 4 * Math.sqrt(0.8 / 20) * (1 / 3) });
    expect(tf.mean(variances)).toBeAllClose(1 / 3, { abs: 0.04 });
  });
});

describe('Linear and MaskedLinear refuse', () => {
  it.each([
    [
      'a size of 0',
      () => new Linear(key, 0, 2),
      DomainError,
      'inputs must be an integer >= 1, got 0',
    ],
    [
      'half a unit',
      () => new Linear(key, 1, 2.5),
      DomainError,
      'outputs must be an integer >= 1, got 2.5',
    ],
    [
      'an unknown option',
      () => new Linear(key, 1, 2, { useBias: true } as object),
      OptionError,
      "unknown option 'useBias'",
    ],
    [
      'the wrong number of columns',
      () => new Linear(key, 3, 2).apply(tf.zeros([5, 2])),
      ShapeError,
      'expected shape [..., 3], got [5, 2]',
    ],
    ['an empty mask', () => new MaskedLinear(key, []), ShapeError, 'rows of one length'],
    ['a ragged mask', () => new MaskedLinear(key, [[1], [1, 0]]), ShapeError, 'lengths 1, 2'],
    ['a mask of halves', () => new MaskedLinear(key, [[0.5]]), DomainError, 'zeros and ones'],
  ] as const)('%s', (_, run, error, message) => {
    expect(run).toThrow(error);
    expect(run).toThrow(message);
  });
});
