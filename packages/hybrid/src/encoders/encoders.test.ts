import { Key, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { gridEncoder, recurrentEncoder, sameForAll } from '../index.js';

const vectors = { steps: 3, past: 1, stateShape: [2], inputCount: 1 };
const fields = { steps: 2, past: 1, stateShape: [6, 5, 2], inputCount: 0 };
const sizes = { inputs: 3 * 2 + 2 + 4, outputs: 5 };

onEachEngine(() => {
  it('read every number of states and inputs, for any batch', () => {
    const encoder = recurrentEncoder({ hidden: 4, head: [4] })(Key.from(1), sizes, vectors);
    const grid = { inputs: 3 * 60, outputs: 5 };
    const others = gridEncoder({ channels: [3, 4], head: [4] })(Key.from(1), grid, fields);
    for (const network of [encoder, others]) {
      const x = Key.from(2).normal([2, 3, network.inputs]);
      const told = network.apply(x);
      expect(told.shape).toEqual([2, 3, 5]);
      const one = tf.slice(x, [1, 2], [1, 1]);
      expect(network.apply(one)).toBeAllClose(tf.slice(told, [1, 2], [1, 1]), { abs: 1e-5 });
      expectNoLeak(() => network.apply(x));
      const moved = (i: number) => {
        const bump = tf.oneHot(tf.scalar(i, 'int32'), network.inputs);
        return tf
          .max(tf.abs(tf.sub(network.apply(tf.add(one, bump)), network.apply(one))))
          .dataSync()[0]!;
      };
      for (const i of [0, 5, 6, 7, 8, network.inputs - 1]) expect(moved(i)).toBeGreaterThan(1e-6);
    }
  });

  it('may read nothing, and tell the same of all', () => {
    const encoder = sameForAll()(Key.from(1), sizes, vectors);
    const [numbers] = encoder.parameters();
    numbers!.assign(tf.tensor1d([1, 2, 3, 4, 5]));
    expect(encoder.apply(Key.from(2).normal([2, sizes.inputs]))).toBeAllClose(
      [1, 1].map(() => [1, 2, 3, 4, 5]),
      {},
    );
  });
});

it('check what they are to read', () => {
  expect(() => gridEncoder({ channels: [] })).toThrow(OptionError);
  expect(() => gridEncoder()(Key.from(1), sizes, vectors)).toThrow(ShapeError);
  const encoder = recurrentEncoder({ hidden: 4 })(Key.from(1), sizes, vectors);
  expect(() => encoder.apply(tf.zeros([2, 3]))).toThrow(ShapeError);
});
