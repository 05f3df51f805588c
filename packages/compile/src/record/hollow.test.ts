/** What a recording leaves behind where it has freed large results. */
import { Key } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, test } from 'vitest';
import { compile } from '../compile.js';
import { hollowCount } from './hollow.js';

const SIZE = [80, 80];
const x = Key.from(1).normal(SIZE);

afterEach(() => {
  expect(hollowCount()).toBe(0);
});

onEachEngine((engine) => {
  describe('a recorded run', () => {
    test('computes what a tensor holds that the function keeps', async () => {
      let kept: tf.Tensor | undefined;
      const f = compile((x: tf.Tensor) => {
        kept ??= tf.keep(tf.square(tf.reshape(tf.add(x, 1), [-1])));
        return tf.add(tf.sum(kept), tf.sum(x));
      });
      const expected = tf.square(tf.reshape(tf.add(x, 1), [-1]));
      const sum = await f(x);
      expect(kept!).toBeAllClose(expected, {});
      expect(sum).toBeAllClose(tf.add(tf.sum(expected), tf.sum(x)), { rel: 1e-5 });
      f.dispose();
      kept!.dispose();
    });

    test('computes the variables that it makes, and its result', async () => {
      const start = Key.from(2).normal(SIZE);
      const train = async (step: (x: tf.Tensor) => tf.Tensor | Promise<tf.Tensor>) =>
        (await step(x)).arraySync();
      const trained = async (isCompiled: boolean) => {
        const w = tf.variable(start);
        let average: tf.Variable | undefined;
        const optimizer = tf.train.momentum(0.1, 0.9);
        const step = (x: tf.Tensor) => {
          const first = average === undefined;
          average ??= tf.variable(tf.tanh(tf.add(w, x)));
          if (!first) average.assign(tf.div(tf.add(average, w), 2));
          optimizer.minimize(() => tf.mean(tf.square(tf.sub(tf.matMul(x, w), average!))));
          return tf.matMul(w, w);
        };
        const run = isCompiled ? compile(step) : step;
        const results = [await train(run), await train(run), await train(run)];
        return { results, w: w.arraySync(), average: average!.arraySync() };
      };
      const [eager, compiled] = [await trained(false), await trained(true)];
      for (const [i, result] of compiled.results.entries())
        expect(tf.tensor(result as number[][])).toBeAllClose(eager.results[i] as number[][], {
          abs: 1e-4,
        });
      expect(tf.tensor(compiled.w)).toBeAllClose(eager.w, { abs: 1e-5 });
      expect(tf.tensor(compiled.average)).toBeAllClose(eager.average, { abs: 1e-5 });
    });

    test.each(['sgd', 'momentum', 'adam', 'rmsprop', 'adagrad', 'adadelta', 'adamax'] as const)(
      'is a first step of %s like any other, with a small loss and a small variable beside large ones',
      async (name) => {
        const trained = async (isCompiled: boolean) => {
          const w = tf.variable(Key.from(2).normal(SIZE));
          const bias = tf.variable(tf.ones([SIZE[1]!]));
          const optimizer = name === 'momentum' ? tf.train.momentum(0.1, 0.9) : tf.train[name](0.1);
          const step = (x: tf.Tensor) =>
            optimizer.minimize(() => tf.mean(tf.square(tf.add(tf.matMul(x, w), bias))), true)!;
          const run = isCompiled ? compile(step) : step;
          const losses = [await run(x), await run(x)].map((loss) => loss.arraySync());
          return { losses: tf.tensor(losses), w, bias };
        };
        const [eager, compiled] = [await trained(false), await trained(true)];
        for (const part of ['losses', 'w', 'bias'] as const)
          expect(compiled[part]).toBeAllClose(eager[part], { abs: 1e-6, rel: 1e-5 });
      },
    );

    test('takes no index from numbers that are not there', async () => {
      const f = (x: tf.Tensor) =>
        tf.gather(tf.range(0, 10), tf.cast(tf.sub(tf.mean(tf.add(x, 1), 1), 5), 'int32'));
      const sevens = tf.fill(SIZE, 7);
      expect(await compile(f)(sevens)).toBeAllClose(f(sevens), {});
    });

    test('that keeps what cannot be computed fails, and is forgotten', async () => {
      let kept: tf.Tensor | undefined;
      const table = tf.range(0, 10);
      const f = compile((x: tf.Tensor) => {
        kept = tf.keep(tf.gather(table, tf.cast(tf.reshape(tf.add(x, 100), [-1]), 'int32')));
        return tf.sum(x);
      });
      const before = tf.memory().numTensors;
      await expect(f(x)).rejects.toThrow(/index/);
      kept!.dispose();
      expect(tf.memory().numTensors).toBe(before);
      expect(await compile((x: tf.Tensor) => tf.square(x))(x)).toBeAllClose(tf.square(x), {});
    });

    test('frees what it made', async () => {
      const f = (x: tf.Tensor) =>
        tf.grad((x) => tf.sum(tf.tanh(tf.reshape(tf.matMul(x, x), [-1]))))(x);
      await expectNoLeak(async () => {
        const compiled = compile(f);
        (await compiled(x)).dispose();
        compiled.dispose();
      });
    });

    if (engine === 'cpu')
      test('leaves nothing behind where it meets text or complex numbers', async () => {
        const outside = tf.complex(x, x);
        const refused = [
          () => tf.fill(SIZE, 'a'),
          () => tf.complex(tf.add(x, 1), x),
          () => tf.real(outside),
        ];
        for (const make of refused)
          await expect(compile((x: tf.Tensor) => [make(), tf.square(x)])(x)).rejects.toThrow(
            /float32, int32 and bool tensors, got/,
          );
        expect(await compile((x: tf.Tensor) => tf.square(x))(x)).toBeAllClose(tf.square(x), {});
      });

    if (engine === 'wasm')
      test('takes no more memory than its largest kernels', async () => {
        const heap = () =>
          (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.byteLength;
        const [depth, size] = [100, 256];
        const large = Key.from(3).normal([size, size]);
        const loss = (x: tf.Tensor) => {
          for (let i = 0; i < depth; i++) x = tf.tanh(tf.mul(x, 0.5));
          return tf.sum(x);
        };
        const before = heap();
        const f = compile((x: tf.Tensor) => tf.grad(loss)(x));
        (await f(large)).dispose();
        // Eagerly, both results of each of the hundred steps would be there at once.
        expect(heap() - before).toBeLessThan((2 * depth * size * size * 4) / 5);
        f.dispose();
      });
  });
});
