import { EngineError, Key, OptionError, tanh } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, onTensorFlow, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compile } from './compile.js';

/** A two-layer regression with an optimiser of tfjs, as a user of tfjs alone would write it. */
function regression() {
  const w1 = tf.variable(Key.from(1).normal([2, 16]));
  const w2 = tf.variable(tf.mul(Key.from(2).normal([16, 1]), 0.1));
  const optimizer = tf.train.adam(0.01);
  const step = (x: tf.Tensor, key: Key) =>
    optimizer.minimize(() => {
      const noisy = tf.add(x, tf.mul(key.split(2)[1].normal([8, 2]), 0.1));
      const y = tf.add(tf.matMul(tanh(tf.matMul(noisy, w1)), w2), tf.tensor1d([0.5]));
      return tf.mean<tf.Scalar>(tf.square(tf.sub(y, tf.sum(x, 1, true))));
    }, true)!;
  return { w1, w2, step };
}

type Target = NonNullable<CompileOptions['target']>;

function keepsItsWord(target: Target): void {
  describe(`compile to ${target}`, () => {
    test('a hundred training steps come to the parameters of eager ones', async () => {
      const eager = regression();
      const compiled = regression();
      const step = compile(compiled.step, { target });
      const x = Key.from(0).normal([8, 2]);
      for (let i = 0; i < 100; i++) {
        const expected = eager.step(x, Key.from(i));
        const loss = await step(x, Key.from(i));
        expect(loss).toBeAllClose(expected, { abs: 1e-6, rel: 1e-4 });
        tf.dispose([expected, loss]);
      }
      expect(compiled.w1).toBeAllClose(eager.w1, { abs: 1e-5, rel: 1e-4 });
      expect(compiled.w2).toBeAllClose(eager.w2, { abs: 1e-5, rel: 1e-4 });
      step.dispose();
    });

    test('eager code sees the variables after a call, and its assignments are seen', async () => {
      const v = tf.variable(tf.tensor1d([1, 2]));
      const double = compile(
        () => {
          v.assign(tf.mul(v, 2));
        },
        { target },
      );
      await double();
      await double();
      expect(valuesOf(tf.add(v, 0))).toEqual([4, 8]);
      v.assign(tf.tensor1d([10, 20]));
      await double();
      expect(valuesOf(v)).toEqual([20, 40]);
      double.dispose();
      expect(valuesOf(v)).toEqual([20, 40]);
    });

    test('a clone taken between calls keeps its numbers', async () => {
      const v = tf.variable(tf.scalar(1));
      const grow = compile(
        () => {
          v.assign(tf.add(v, 1));
        },
        { target },
      );
      await grow();
      const clone = tf.clone(v);
      await grow();
      await grow();
      expect(valuesOf(clone)).toEqual([2]);
      expect(valuesOf(v)).toEqual([4]);
    });

    test('variables that share their data are still two', async () => {
      const v = tf.variable(tf.scalar(1));
      const kept = tf.variable(v);
      const grow = compile(
        () => {
          v.assign(tf.add(v, 1));
        },
        { target },
      );
      await grow();
      await grow();
      expect([...valuesOf(v), ...valuesOf(kept)]).toEqual([3, 1]);
    });

    test('variables may take the place of each other', async () => {
      const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4]))];
      const swap = compile(
        () => {
          const old = tf.clone(a);
          a.assign(b);
          b.assign(old);
        },
        { target },
      );
      await swap();
      expect([...valuesOf(a), ...valuesOf(b)]).toEqual([3, 4, 1, 2]);
      await swap();
      expect([...valuesOf(a), ...valuesOf(b)]).toEqual([1, 2, 3, 4]);
    });

    test('two programs share variables', async () => {
      const v = tf.variable(tf.tensor1d([1, 1]));
      const grow = compile(
        () => {
          v.assign(tf.add(v, 1));
        },
        { target },
      );
      const read = compile(() => tf.mul(v, 10), { target });
      for (let i = 1; i < 4; i++) {
        await grow();
        expect(valuesOf(await read())).toEqual([10 * (i + 1), 10 * (i + 1)]);
      }
    });

    test('a program that only reads sees what eager code and other programs assign, whenever that is', async () => {
      const [v, w] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
      const grow = compile(
        () => {
          v.assign(tf.add(v, 1));
        },
        { target },
      );
      const read = compile(() => tf.add(tf.mul(v, 10), w), { target });
      const seen = async () => valuesOf(await read())[0];
      expect(await seen()).toBe(12);
      expect(await seen()).toBe(12);
      await grow();
      // Eager code takes the numbers to its engine.
      expect(valuesOf(tf.add(v, 0))).toEqual([2]);
      expect(await seen()).toBe(22);
      await grow();
      expect(await seen()).toBe(32);
      await grow();
      grow.dispose();
      expect(await seen()).toBe(42);
      w.assign(tf.scalar(5));
      expect(await seen()).toBe(45);
      v.assign(w);
      expect(await seen()).toBe(55);
    });

    test('draws come from the key of each call', async () => {
      const draw = compile(
        (key: Key) => [key.foldIn(3).uniform([4]), key.split(2)[0].gumbel([2])],
        { target },
      );
      for (const seed of [1, 2, 3]) {
        const key = Key.from(seed);
        const [uniform, gumbel] = await draw(key);
        expect(valuesOf(uniform!)).toEqual(valuesOf(key.foldIn(3).uniform([4])));
        expect(valuesOf(gumbel!)).toEqual(valuesOf(key.split(2)[0].gumbel([2])));
      }
    });

    test('arguments and results are structures; other shapes and plain values are other programs', async () => {
      const fn = compile(
        (batch: { x: tf.Tensor; scale: number }) => ({
          y: [tf.mul(batch.x, batch.scale)],
          x: batch.x,
        }),
        { target },
      );
      const x = tf.tensor1d([1, 2]);
      for (const scale of [2, 3, 2]) {
        const { y, x: same } = await fn({ x, scale });
        expect(valuesOf(y[0]!)).toEqual([scale, 2 * scale]);
        expect(valuesOf(same)).toEqual([1, 2]);
      }
      expect(valuesOf((await fn({ x: tf.ones([3]), scale: 5 })).y[0]!)).toEqual([5, 5, 5]);
      expect(fn.explain().match(/nodes,/g)).toHaveLength(3);
    });

    test('old programs make room', async () => {
      const fn = compile((x: tf.Tensor) => tf.add(x, 1), { target, programs: 2 });
      for (const size of [1, 2, 3, 1])
        expect(valuesOf(await fn(tf.zeros([size])))).toHaveLength(size);
      expect(fn.explain().match(/nodes,/g)).toHaveLength(2);
    });

    test('memory stays flat', async () => {
      const { step } = regression();
      const compiled = compile(step, { target });
      const x = Key.from(0).normal([8, 2]);
      for (let i = 0; i < 3; i++) (await compiled(x, Key.from(i))).dispose();
      await expectNoLeak(async () => {
        for (let i = 0; i < 50; i++) (await compiled(x, Key.from(i))).dispose();
      });
    });

    test('a disposed variable is an error', async () => {
      const v = tf.variable(tf.scalar(1), true, `gone-${target}-${tf.getBackend()}`);
      const fn = compile(() => tf.add(v, 1), { target });
      await fn();
      v.dispose();
      await expect(fn()).rejects.toThrow(EngineError);
      await expect(fn()).rejects.toThrow(/gone.*disposed/);
    });
  });
}

onTensorFlow(() => {
  keepsItsWord('tensorflow');
});

onEachEngine(() => {
  keepsItsWord('onnx');
  keepsItsWord('replay');

  test('reading a number inside is an error that says so, and the engine goes on', async () => {
    const fn = compile((x: tf.Tensor) => tf.mul(x, x.dataSync()[0]!));
    await expect(fn(tf.scalar(2))).rejects.toThrow(/reads the numbers of a tensor/);
    expect(valuesOf(tf.add(1, 1))).toEqual([2]);
  });

  test('a permutation inside is an error', async () => {
    const fn = compile((key: Key) => tf.tensor1d(key.permutation(3)));
    await expect(fn(Key.from(0))).rejects.toThrow(/permutation/);
  });

  test('text inside is an error', async () => {
    const fn = compile((x: tf.Tensor) => x);
    await expect(fn(tf.tensor1d(['a']))).rejects.toThrow(
      /float32, int32 and bool tensors, got string/,
    );
  });
});

test('unknown options and targets are errors', () => {
  expect(() => compile(() => 0, { speed: 1 } as never)).toThrow(OptionError);
  expect(() => compile(() => 0, { programs: 0 })).toThrow(OptionError);
  expect(() => compile(() => 0, { target: 'gpu' as never })).toThrow(/'gpu'/);
  expect(() => compile(() => 0, { precision: 'float16' as never })).toThrow(/'float16'/);
  expect(() => compile(() => 0, { target: 'replay', precision: 'float64' })).toThrow(/'replay'/);
});
