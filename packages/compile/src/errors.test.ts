/** What goes wrong is said: by class, with the rule, and with the line of the user's code where there is one. */
import { EngineError, Key } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from './compile.js';

/** Expects that a call is refused with a message, and that the message names a line of this file. */
async function expectRefusal(call: Promise<unknown>, message: RegExp, names?: 'line') {
  const error: unknown = await call.then(
    () => 'no error',
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(EngineError);
  expect((error as Error).message).toMatch(message);
  if (names === 'line') expect((error as Error).message).toMatch(/ at \S*errors\.test\.ts:\d+:\d+/);
}

onEachEngine((engine) => {
  describe('reading numbers inside', () => {
    const readers: Record<string, (x: tf.Tensor) => unknown> = {
      dataSync: (x) => x.dataSync(),
      arraySync: (x) => x.arraySync(),
      print: (x) => {
        x.print();
      },
      data: (x) => x.data(),
      array: (x) => x.array(),
    };

    test.each(Object.entries(readers))('%s is refused', async (_, read) => {
      const y = tf.scalar(2);
      const fn = compile((x: tf.Tensor) => {
        read(tf.add(x, y));
        return x;
      });
      await expectRefusal(fn(tf.scalar(1)), /reads the numbers of a tensor/, 'line');
      // And the engine goes on.
      expect(valuesOf(tf.add(y, 1))).toEqual([3]);
      expect(await y.data()).toEqual(Float32Array.of(2));
    });

    test('is refused where a function waits for them, and where it catches the refusal', async () => {
      const waits = compile(async (x: tf.Tensor) => tf.add(x, (await x.data())[0]!));
      await expectRefusal(waits(tf.scalar(1)), /reads the numbers of a tensor/, 'line');
      const catches = compile((x: tf.Tensor) => {
        try {
          return tf.add(x, x.dataSync()[0]!);
        } catch {
          return x;
        }
      });
      await expectRefusal(catches(tf.scalar(1)), /reads the numbers of a tensor/, 'line');
    });

    test('is allowed to the engine that moves tensors of another', async () => {
      const double = compile((x: tf.Tensor) => tf.mul(x, 2), { target: 'onnx' });
      const [first] = [await double(tf.tensor1d([1, 2]))];
      // The result lies with the runtime, and is an argument of a function not yet recorded.
      const add = compile((x: tf.Tensor) => tf.add(x, 1), { target: 'onnx' });
      expect(valuesOf(await add(first))).toEqual([3, 5]);
    });
  });

  test('an asynchronous function is refused, and so is a compiled one inside', async () => {
    const waits = compile(async (x: tf.Tensor) => {
      await Promise.resolve();
      return tf.add(x, 1);
    });
    await expectRefusal(waits(tf.scalar(1)), /is asynchronous/);
    const inner = compile((x: tf.Tensor) => tf.add(x, 1));
    const outer = compile((x: tf.Tensor) => inner(x));
    await expectRefusal(outer(tf.scalar(1)), /call other compiled functions outside/);
  });

  test('a kernel without counterpart is named, with the line that asks for it', async () => {
    const fn = compile((x: tf.Tensor4D) => tf.localResponseNormalization(x), { target: 'onnx' });
    await expectRefusal(fn(tf.ones([1, 2, 2, 3])), /ONNX cannot do LRN/, 'line');
    const again = compile((x: tf.Tensor4D) => tf.localResponseNormalization(x), {
      target: 'replay',
    });
    const [x] = [Key.from(1).normal([1, 2, 2, 3]) as tf.Tensor4D];
    expect(await again(x)).toBeAllClose(tf.localResponseNormalization(x), { abs: 1e-6 });
  });

  test('a kernel that gives other shapes for other numbers is refused, with the line', async () => {
    for (const size of [6, 8000]) {
      const x = tf.range(0, size);
      const fn = compile((x: tf.Tensor1D) => tf.mean(tf.unique(tf.add(x, 1)).values), {
        target: 'replay',
      });
      await expectRefusal(fn(x), /the shape of what Unique at .* depends/, 'line');
    }
  });

  if (engine === 'wasm')
    test('a kernel that the engine lacks is recorded for ONNX, and named where it would be replayed', async () => {
      const fn = (x: tf.Tensor) => tf.einsum('ij,jk->ik', x, x);
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      expect(valuesOf(await compile(fn, { target: 'onnx' })(x))).toEqual([7, 10, 15, 22]);
      const replayed = compile(fn, { target: 'replay' });
      await expectRefusal(replayed(x), /the engine wasm cannot do Einsum/, 'line');
    });

  test('a call that fails leaves variables as they were', async () => {
    const v = tf.variable(tf.scalar(1));
    const step = compile(
      (x: tf.Tensor4D) => {
        v.assign(tf.add(v, 1));
        return tf.localResponseNormalization(x);
      },
      { target: 'onnx' },
    );
    await expect(step(tf.ones([1, 1, 1, 1]))).rejects.toThrow(EngineError);
    expect(valuesOf(v)).toEqual([1]);
    const throws = compile(() => {
      v.assign(tf.add(v, 1));
      throw new RangeError('of the user');
    });
    await expect(throws()).rejects.toThrow(RangeError);
    expect(valuesOf(v)).toEqual([1]);
  });

  describe('randomness without a key', () => {
    const draws: Record<string, () => tf.Tensor | number> = {
      'Math.random': () => Math.random(),
      randomNormal: () => tf.randomNormal([2]),
      dropout: () => tf.dropout(tf.ones([4]), 0.5),
      multinomial: () => tf.multinomial(tf.tensor1d([0, 0]), 3),
    };
    test.each(Object.entries(draws))('%s is refused', async (_, draw) => {
      const fn = compile((x: tf.Tensor) => [x, draw()]);
      await expectRefusal(fn(tf.scalar(1)), /without a key or a seed/, 'line');
      expect(Math.random()).not.toBe(Math.random());
    });

    test('with a seed is the same at every call', async () => {
      const fn = compile(() => tf.randomNormal([3], 0, 1, 'float32', 7), { target: 'onnx' });
      const expected = valuesOf(tf.randomNormal([3], 0, 1, 'float32', 7));
      expect(valuesOf(await fn())).toEqual(expected);
      expect(valuesOf(await fn())).toEqual(expected);
    });
  });

  test('numbers of another type are another program; text and complex numbers are refused', async () => {
    const fn = compile((x: tf.Tensor) => tf.mul(x, tf.scalar(2, x.dtype as 'int32')));
    const results = [];
    for (const type of ['float32', 'int32', 'float32'] as const)
      results.push(await fn(tf.tensor1d([3.5, 2], type)));
    expect(results.map(({ dtype }) => dtype)).toEqual(['float32', 'int32', 'float32']);
    expect(results.map(valuesOf)).toEqual([
      [7, 4],
      [6, 4],
      [7, 4],
    ]);
    expect(fn.explain().match(/nodes,/g)).toHaveLength(2);
    await expectRefusal(fn(tf.tensor1d(['a'])), /float32, int32 and bool tensors, got string/);
    await tf.setBackend('cpu');
    const complex = tf.complex(tf.tensor1d([1]), tf.tensor1d([1]));
    await expectRefusal(fn(complex), /float32, int32 and bool tensors, got complex64/);
    await tf.setBackend(engine);
  });

  test('a function that changes the engine is refused, and the engine is as it was', async () => {
    const fn = compile((x: tf.Tensor) => {
      void tf.setBackend('cpu');
      return tf.add(x, 1);
    });
    await expectRefusal(fn(tf.scalar(1)), /changes the engine, to cpu. Change it outside/);
    expect(tf.getBackend()).toBe(engine);
  });

  test('a disposed argument is named', async () => {
    const fn = compile((_: number, [x]: [tf.Tensor]) => tf.add(x, 1));
    const x = tf.ones([2, 3]);
    await fn(1, [x]);
    x.dispose();
    await expectRefusal(fn(1, [x]), /tensor 0 of the arguments, of shape \[2, 3\], is disposed/);
    const y = tf.ones([2, 3]);
    const notAwaited = fn(1, [y]);
    y.dispose();
    await expectRefusal(notAwaited, /Await a call before disposing/);
  });

  test('a disposed variable is named, and dispose() makes room for another', async () => {
    let v = tf.variable(tf.scalar(1), true, `w-${engine}`);
    const fn = compile(() => tf.add(v, 1), { target: 'onnx' });
    await fn();
    v.dispose();
    await expectRefusal(
      fn(),
      new RegExp(`the variable 'w-${engine}' of shape \\[\\] was disposed`),
    );
    v = tf.variable(tf.scalar(5));
    fn.dispose();
    expect(valuesOf(await fn())).toEqual([6]);
  });

  test('what is neither tensor, key nor plain value is refused, coming or going', async () => {
    const gives = compile(() => new Map([['y', tf.scalar(1)]]));
    await expectRefusal(gives(), /tensors, keys and plain values in arrays and records, got Map/);
    const takes = compile((x: Float32Array) => tf.tensor1d(x));
    await expectRefusal(takes(Float32Array.of(1)), /got Float32Array/);
  });
});
