import { Key } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { LearnedGraphical } from '../index.js';

const [forGraph, forGates, forX] = Key.from(3).split(3);

onEachEngine(() => {
  describe('LearnedGraphical', () => {
    const build = () =>
      new LearnedGraphical(forGraph, { features: 3, parameters: 2, hidden: [8], lastScale: 1 });

    it('draws one conditioner per key, and is one conditioner once decided', () => {
      const learned = build();
      const x = forX.normal([4, 3]);
      const drawn = (key: Key) => valuesOf(learned.drawn(key, [4]).parametersOf(x));
      expect(drawn(Key.from(1))).toEqual(drawn(Key.from(1)));
      expect(drawn(Key.from(1))).not.toEqual(drawn(Key.from(2)));
      learned.graph.decide();
      expect(drawn(Key.from(1))).toEqual(drawn(Key.from(2)));
      expect(valuesOf(learned.along().parametersOf(x))).toEqual(drawn(Key.from(1)));
      expect(learned.along().adjacency).toEqual(learned.graph.adjacency);
    });

    it('trains the gates through the parameters', () => {
      const learned = build();
      const x = forX.normal([4, 3]);
      const loss = () => tf.sum<tf.Scalar>(tf.square(learned.drawn(forGates, [4]).parametersOf(x)));
      const { grads } = tf.variableGrads(loss, learned.parameters());
      const slopes = grads[learned.graph.weights.name]!.arraySync() as number[][];
      for (const [i, row] of slopes.entries())
        expect(row.map((slope) => slope !== 0)).toEqual(row.map((_, j) => i !== j));
    });
  });
});
