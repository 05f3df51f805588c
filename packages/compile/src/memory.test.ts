/** Ten thousand calls leave nothing behind. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Key, useEngine } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from './compile.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const CALLS = 10_000;
/** Numbers in the argument, the draw, each variable and each result: 4 KiB. */
const SIZE = [32, 32];
/**
 * What may be left: 1 MiB of objects is 105 bytes a call, less than the smallest tensor with its entry takes; 16 MiB of
 * memory outside is 1.7 kB a call, less than half of any one array of numbers.
 */
const MOST = { objects: 2 ** 20, memory: 2 ** 24 };

async function used() {
  // Finalisers run between the two.
  collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, 20));
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  const { numTensors, numDataBuffers } = tf.memory();
  return { objects: heapUsed, memory: rss, numTensors, numDataBuffers };
}

onEachEngine((engine) => {
  // Each target once, for twelve thousand calls take their time.
  const target = engine === 'cpu' ? 'replay' : 'onnx';
  describe(target, () => {
    test('a training step with state, arguments and keys', async () => {
      const [w, average] = [tf.variable(tf.zeros(SIZE)), tf.variable(tf.zeros(SIZE))];
      const optimizer = tf.train.sgd(0.01);
      const step = compile(
        (x: tf.Tensor, key: Key) => {
          const loss = optimizer.minimize(() => tf.mean(tf.square(tf.sub(w, x))), true)!;
          average.assign(tf.add(tf.mul(average, 0.9), tf.mul(key.uniform(SIZE), 0.1)));
          return { loss, sum: tf.add(w, average) };
        },
        { target },
      );
      const x = Key.from(1).normal(SIZE);
      const train = async (calls: number) => {
        for (let i = 0; i < calls; i++) tf.dispose(await step(x, Key.from(i)));
      };
      // Optimising compilers and allocators come to rest first.
      await train(2_000);
      const before = await used();
      await train(CALLS);
      const after = await used();
      expect(after.numTensors).toBe(before.numTensors);
      expect(after.numDataBuffers).toBe(before.numDataBuffers);
      expect(after.objects - before.objects).toBeLessThan(MOST.objects);
      expect(after.memory - before.memory).toBeLessThan(MOST.memory);
      step.dispose();
    });
  });
});

test('weights that a step replaces are not left to the collector', async () => {
  await useEngine('wasm');
  const size = 2 ** 20;
  const w = tf.variable(tf.zeros([size]));
  const step = compile(() => {
    w.assign(tf.add(w, 1));
    return tf.sum(w);
  });
  const held = async () => {
    tf.dispose(await step());
    return process.memoryUsage().arrayBuffers / (4 * size);
  };
  const before = await held();
  const after: number[] = [];
  for (let call = 0; call < 40; call++) after.push(await held());
  // As many arrays of weights as at the start.
  expect(Math.max(...after) - before).toBeLessThan(1);
  expect((await w.data())[0]).toBe(41);
  step.dispose();
  w.dispose();
});

test('programs that are disposed leave no memory of their updates', async () => {
  await useEngine('cpu');
  const size = 2 ** 18;
  const x = tf.ones([size]);
  const held = async () => {
    const w = tf.variable(tf.zeros([size]));
    const step = compile((x: tf.Tensor) => {
      w.assign(tf.sub(w, x));
      return tf.sum(x);
    });
    tf.dispose(await step(x));
    step.dispose();
    expect((await w.data())[0]).toBe(-1);
    w.dispose();
    await used();
    const { external, arrayBuffers } = process.memoryUsage();
    return (external - arrayBuffers) / (4 * size);
  };
  const before = await held();
  let after = before;
  for (let program = 0; program < 12; program++) after = await held();
  // An update holds weights and what is taken off them: those of twelve programs would be 24 vectors.
  expect(after - before).toBeLessThan(6);
  x.dispose();
});
