import { DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type GridEncoderOptions, gridEncoder, recurrentEncoder, sameForAll } from '../index.js';

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

  it('read the past first, however much of a trajectory it is', () => {
    const states = Key.from(2).normal([1, 8]);
    const told = [1, 2].map((past) => {
      const layout = { ...vectors, steps: 4 - past, past, inputCount: 0 };
      const encoder = recurrentEncoder({ hidden: 4 })(Key.from(1), { ...sizes, inputs: 8 }, layout);
      const [before, y] = tf.split(states, [2 * past, 8 - 2 * past], 1);
      return encoder.apply(tf.concat([y!, before!], 1));
    });
    expect(told[0]!).toBeAllClose(told[1]!, { abs: 1e-6 });
  });

  describe('of fields', () => {
    const sizes = { inputs: 3 * 64 * 2, outputs: 5 };
    const layout = { ...fields, stateShape: [8, 8, 2] };
    const of = (options: GridEncoderOptions) =>
      gridEncoder({ channels: [3, 4], head: [4], ...options })(Key.from(1), sizes, layout);
    const patch = Key.from(2).normal([1, 3, 2, 2, 2]);
    /** A patch of a field, so many cells from its corner. */
    const at = (row: number, column: number) => {
      const before = [0, 0, row, column, 0];
      const behind = [0, 0, 6 - row, 6 - column, 0];
      const ends = before.map((size, axis) => [size, behind[axis]!] as [number, number]);
      return tf.reshape(tf.pad(patch, ends), [1, -1]);
    };

    it('pooled, do not tell where something is', () => {
      const [everywhere, somewhere] = [true, false].map((pooled) =>
        of({ pooled, strides: [1, 1] }),
      );
      const told = everywhere!.apply(at(2, 3));
      expect(everywhere!.apply(at(4, 2))).toBeAllClose(told, { abs: 1e-6 });
      expect(everywhere!.apply(tf.mul(2, at(2, 3)))).not.toBeAllClose(told, { abs: 1e-4 });
      expect(somewhere!.apply(at(4, 2))).not.toBeAllClose(somewhere!.apply(at(2, 3)), {
        abs: 1e-4,
      });
    });

    it('read states from their mean on, in their deviations', () => {
      const x = Key.from(3).normal([2, sizes.inputs]);
      const scaled = of({ mean: 3, deviation: 0.5 }).apply(tf.add(3, tf.mul(0.5, x)));
      expect(scaled).toBeAllClose(of({}).apply(x), { abs: 1e-5 });
    });
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
  expect(() => gridEncoder({ strides: [2] })).toThrow('3 convolutions need as many strides, got 1');
  expect(() => gridEncoder({ deviation: 0 })).toThrow(DomainError);
  expect(() => gridEncoder()(Key.from(1), sizes, vectors)).toThrow(ShapeError);
  const encoder = recurrentEncoder({ hidden: 4 })(Key.from(1), sizes, vectors);
  expect(() => encoder.apply(tf.zeros([2, 3]))).toThrow(ShapeError);
});
