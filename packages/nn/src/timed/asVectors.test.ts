import { Key, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { asVectors, Transformer } from '../index.js';

const [forNet, forWeights, forX, forT] = Key.from(1).split(4);
const sequences = (outputs: number) =>
  new Transformer(forNet, { event: [4, 3], patch: 1, outputs, width: 8, blocks: 1, context: 2 });

onEachEngine(() => {
  describe('asVectors', () => {
    it('writes results row by row, one kind behind the other', () => {
      const network = sequences(6);
      network.last.weight.assign(forWeights.normal([8, 6]));
      const flat = asVectors(network);
      expect([flat.eventShape, flat.outputShape, flat.contextSize]).toEqual([[12], [24], 2]);
      const [x, t, context] = [forX.normal([5, 12]), forT.uniform([5]), tf.ones([5, 2])];
      const y = network.apply(tf.reshape(x, [5, 4, 3]), t, context);
      const half = (start: number) => tf.reshape(tf.slice(y, [0, 0, start], [5, 4, 3]), [5, 12]);
      expect(flat.apply(x, t, context)).toBeAllClose(tf.concat([half(0), half(3)], 1), {});
      expect(flat.parameters()).toEqual(network.parameters());
      expectNoLeak(() => flat.apply(x, t, context));
    });

    it.each([3, 6])(
      'has the gradients of the network, which gives %d numbers a step',
      (outputs) => {
        const network = sequences(outputs);
        network.last.weight.assign(forWeights.normal([8, outputs]));
        const flat = asVectors(network);
        const [t, context] = [forT.uniform([5]), tf.ones([5, 2])];
        const x = forX.normal([5, 12]);
        const slope = (of: typeof flat, x: tf.Tensor) =>
          tf.grad((x) => tf.sum(tf.square(of.apply(x, t, context))))(x);
        const expected = slope(network, tf.reshape(x, [5, 4, 3]));
        expect(slope(flat, x)).toBeAllClose(tf.reshape(expected, [5, 12]), { abs: 1e-5 });
      },
    );
  });
});

it('asVectors refuses networks of other shapes, and other x', () => {
  expect(() => asVectors(sequences(4))).toThrow(ShapeError);
  const flat = asVectors(sequences(3));
  expect(() => flat.apply(tf.zeros([5, 4, 3]), tf.zeros([5]), tf.zeros([5, 2]))).toThrow('[B, 12]');
});
