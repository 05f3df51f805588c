import { Key } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { activation, sinusoidalEmbedding } from '../index.js';
import { TimeEmbedding } from './timeEmbedding.js';

const silu = activation('silu');
const [forLayers, forT, forContext] = Key.from(1).split(3);

onEachEngine(() => {
  it('a time, and what stands for a context, are told by one vector', () => {
    const options = { features: 4, width: 6, activation: 'silu', timeScale: 10 } as const;
    const embedding = new TimeEmbedding(forLayers, { ...options, context: 3 });
    const [t, context] = [forT.uniform([5]), forContext.normal([5, 3])];
    const [first, last] = embedding.ofTime.layers;
    const features = sinusoidalEmbedding(tf.mul(10, t), 4);
    const time = last!.apply(silu(first!.apply(features)));
    const weight = embedding.ofContext!.weight as unknown as tf.Tensor2D;
    const told = tf.matMul(context, weight);
    expect(embedding.apply(t, context)).toBeAllClose(silu(tf.add(time, told)), { abs: 1e-5 });
    // No context is one of zeros.
    const none = embedding.apply(t, tf.zeros([5, 3]));
    expect(none).toBeAllClose(silu(time), { abs: 1e-5 });
    expect(new TimeEmbedding(forLayers, { ...options, context: 0 }).ofContext).toBeUndefined();
  });
});
