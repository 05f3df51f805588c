/** Calls that overlap, results of every form, programs that come and go. */
import { EngineError, Key } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from './compile.js';

onEachEngine(() => {
  describe.each(['onnx', 'replay'] as const)('%s', (target) => {
    test('calls that are not awaited run in their order', async () => {
      const v = tf.variable(tf.scalar(1));
      const step = compile(
        (x: tf.Tensor) => {
          v.assign(tf.add(tf.mul(v, 2), x));
          return tf.clone(v);
        },
        { target },
      );
      await step(tf.scalar(-1)); // recorded: from here on, calls only run
      const calls = [1, 2, 3, 4].map((x) => step(tf.scalar(x)));
      expect((await Promise.all(calls)).map((y) => valuesOf(y)[0])).toEqual([3, 8, 19, 42]);
      expect(valuesOf(v)).toEqual([42]);
    });

    test('functions that share a variable do not lose what the other one did', async () => {
      const v = tf.variable(tf.scalar(0));
      const [add, double] = [
        compile(
          () => {
            v.assign(tf.add(v, 1));
          },
          { target },
        ),
        compile(
          () => {
            v.assign(tf.mul(v, 2));
          },
          { target },
        ),
      ];
      await add();
      await double();
      await Promise.all([add(), double(), add(), double(), add()]);
      expect(valuesOf(v)).toEqual([15]);
    });

    test('a call that fails when it runs leaves no tensors, and is an EngineError on ONNX Runtime', async () => {
      const pick = compile((x: tf.Tensor, at: tf.Tensor1D) => tf.gather(tf.add(x, 1), at), {
        target,
      });
      const x = tf.tensor1d([1, 2, 3]);
      const [inside, outside] = [tf.tensor1d([1], 'int32'), tf.tensor1d([99], 'int32')];
      (await pick(x, inside)).dispose();
      const before = tf.memory().numTensors;
      const error: unknown = await pick(x, outside).then(
        (y) => {
          y.dispose();
        },
        (error: unknown) => error,
      );
      if (target === 'onnx') expect(error).toBeInstanceOf(EngineError);
      expect(tf.memory().numTensors).toBe(before);
    });

    test('a failed call does not hold up the next', async () => {
      const fn = compile((x: tf.Tensor) => tf.reshape(x, [2, 2]), { target });
      const [bad, good] = [fn(tf.ones([3])), fn(tf.ones([4]))];
      await expect(bad).rejects.toThrow(/reshape|size/i);
      expect((await good).shape).toEqual([2, 2]);
    });

    test('dispose, once and again, waits for calls, and a later call records anew', async () => {
      const v = tf.variable(tf.scalar(1));
      let recorded = 0;
      const step = compile(
        () => {
          recorded++;
          v.assign(tf.add(v, 1));
        },
        { target },
      );
      await step();
      const underWay = step();
      step.dispose();
      step.dispose();
      await underWay;
      expect([...valuesOf(v), recorded]).toEqual([3, 1]);
      await step();
      expect(valuesOf(v)).toEqual([4]);
      expect(recorded).toBe(2);
      step.dispose();
      expect(step.explain()).toBe('');
    });

    test('results are nested as the function nests them', async () => {
      const v = tf.variable(tf.tensor1d([1, 2]));
      const fn = compile(
        (x: tf.Tensor) => {
          const y = tf.mul(x, 2);
          return {
            twice: [y, y],
            variable: v,
            argument: [{ x }],
            empty: { list: [], nothing: null, none: undefined },
            plain: ['text', 3, true],
          };
        },
        { target },
      );
      const x = tf.tensor1d([3, 4]);
      for (let i = 0; i < 2; i++) {
        const { twice, variable, argument, empty, plain } = await fn(x);
        expect(twice.map(valuesOf)).toEqual([
          [6, 8],
          [6, 8],
        ]);
        expect(twice[0]).not.toBe(twice[1]);
        expect(valuesOf(argument[0]!.x)).toEqual([3, 4]);
        expect(empty).toEqual({ list: [], nothing: null, none: undefined });
        expect(plain).toEqual(['text', 3, true]);
        // What is returned belongs to the caller: the variable and the argument stay.
        expect(valuesOf(variable)).toEqual([1, 2]);
        tf.dispose([twice, variable, argument]);
        expect([x.isDisposed, v.isDisposed]).toEqual([false, false]);
      }
      const nothing = compile((_: tf.Tensor) => 'no tensor', { target });
      expect(await nothing(x)).toBe('no tensor');
    });

    test('a tensor from outside is as it was when recorded, whatever becomes of it', async () => {
      const scale = tf.tensor1d([1, 10]);
      const fn = compile((x: tf.Tensor) => tf.mul(x, scale), { target });
      const x = tf.tensor1d([2, 3]);
      expect(valuesOf(await fn(x))).toEqual([2, 30]);
      scale.dispose();
      expect(valuesOf(await fn(x))).toEqual([2, 30]);
    });

    test('a tensor from outside that is returned stays with its owner', async () => {
      const outer = tf.tensor1d([1, 2]);
      const fn = compile(() => [outer, tf.mul(outer, 2)], { target });
      const [same, twice] = await fn();
      expect([...valuesOf(same!), ...valuesOf(twice!)]).toEqual([1, 2, 2, 4]);
      tf.dispose([same!, twice!]);
      expect(valuesOf(outer)).toEqual([1, 2]);
    });

    test('a call that fails leaves no tensors', async () => {
      const fn = compile((x: tf.Tensor) => [tf.add(x, 1), tf.mul(x, Math.random())], { target });
      const x = tf.ones([2]);
      const failing = async () => {
        await expect(fn(x)).rejects.toThrow(/without a key/);
      };
      await failing();
      await expectNoLeak(failing);
    });

    test('the newest signatures are kept, and those that are used', async () => {
      let recorded = 0;
      const fn = compile(
        (x: tf.Tensor) => {
          recorded++;
          return tf.add(x, 1);
        },
        { target, programs: 3 },
      );
      for (const size of [1, 2, 3]) await fn(tf.zeros([size]));
      await fn(tf.zeros([1]));
      expect(recorded).toBe(3);
      await fn(tf.zeros([4])); // 2 goes
      for (const size of [1, 3, 4]) await fn(tf.zeros([size]));
      expect(recorded).toBe(4);
      await fn(tf.zeros([2]));
      expect(recorded).toBe(5);
    });

    test('programs that come and go leave no tensors', async () => {
      const w = tf.variable(Key.from(1).normal([3, 2]));
      const fn = compile((x: tf.Tensor) => tf.matMul(x, w), { target, programs: 2 });
      const round = async () => {
        for (const rows of [1, 2, 3, 4]) {
          const x = tf.ones([rows, 3]);
          tf.dispose([await fn(x), x]);
        }
      };
      await round();
      await expectNoLeak(round);
      fn.dispose();
    });
  });
});
