/** What is particular to programs that are TensorFlow graphs. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineError } from '@pushforward/tensors';
import { onTensorFlow, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { compile } from '../compile.js';

const target = 'tensorflow';

test('an engine that is not in use is an error that says how to get it', async () => {
  const fn = compile((x: tf.Tensor) => tf.add(x, 1), { target });
  await expect(fn(tf.scalar(1))).rejects.toThrow(EngineError);
  await expect(fn(tf.scalar(1))).rejects.toThrow(/got 'cpu'.*npm install @tensorflow\/tfjs-node/);
});

onTensorFlow(() => {
  const backend = () =>
    tf.findBackend('tensorflow') as unknown as Record<'runSavedModel', () => tf.Tensor[]> & {
      getNumOfSavedModels(): number;
    };

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  describe('sums keep their order', () => {
    const far = 1e4;
    test.each<[string, (x: tf.Tensor) => tf.Tensor]>([
      ['(x + c) - c', (x) => tf.sub(tf.add(x, far), far)],
      ['(x - c) + c', (x) => tf.add(tf.sub(x, far), far)],
      ['c - (c - x)', (x) => tf.sub(far, tf.sub(far, x))],
      ['(c + x) + -c', (x) => tf.add(tf.add(far, x), -far)],
      ['(x + y) - c', (x) => tf.sub(tf.add(x, tf.mul(tf.onesLike(x), far)), far)],
      ['x + (c + (x - c))', (x) => tf.add(x, tf.add(far, tf.sub(x, far)))],
      ['((x + c) + c) - 2c', (x) => tf.sub(tf.add(tf.add(x, far), far), 2 * far)],
      ['c - tensor', (x) => tf.sub(tf.fill([2], far), tf.sub(tf.fill([2], far), x))],
    ])('%s', async (_name, fn) => {
      const x = tf.tensor1d([Math.PI, -Math.E]);
      expect(valuesOf(await compile(fn, { target })(x))).toEqual(valuesOf(fn(x)));
    });
  });

  test('is the choice where it is the engine; programs are freed, and leave no files', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'own-'));
    vi.stubEnv('TMPDIR', folder);
    const before = backend().getNumOfSavedModels();
    const fn = compile((x: tf.Tensor) => tf.add(x, 1));
    expect(valuesOf(await fn(tf.scalar(1)))).toEqual([2]);
    expect(backend().getNumOfSavedModels()).toBe(before + 1);
    fn.dispose();
    expect(backend().getNumOfSavedModels()).toBe(before);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('a call is one call of the runtime, whose variables are fetched when somebody asks', async () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const double = compile(
      (x: tf.Tensor) => {
        v.assign(tf.mul(v, x));
        return tf.sum(v);
      },
      { target },
    );
    const x = tf.scalar(2);
    await double(x);
    const run = vi.spyOn(backend(), 'runSavedModel');
    for (let i = 0; i < 3; i++) await double(x);
    expect(run).toHaveBeenCalledTimes(3);
    expect(valuesOf(v)).toEqual([16, 32]);
    expect(valuesOf(v)).toEqual([16, 32]);
    expect(run).toHaveBeenCalledTimes(4);
  });

  test('variables take what is fed, and each other', async () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const only = tf.variable(tf.scalar(7));
    const seen = tf.variable(tf.scalar(0));
    const turn = compile(
      (x: tf.Tensor) => {
        const old = tf.clone(a);
        a.assign(b);
        b.assign(old);
        seen.assign(tf.mul(tf.reshape(x, []), only));
        return [x, only];
      },
      { target },
    );
    for (let i = 1; i <= 3; i++) {
      const x = tf.tensor1d([i]);
      const [same, read] = (await turn(x)) as [tf.Tensor, tf.Tensor];
      x.dispose();
      expect([...valuesOf(same), ...valuesOf(read)]).toEqual([i, 7]);
      expect([a, b, seen].flatMap((v) => valuesOf(v))).toEqual([
        ...(i % 2 ? [2, 1] : [1, 2]),
        7 * i,
      ]);
    }
    only.assign(tf.scalar(5));
    const read = (await turn(tf.tensor1d([1])))[1]!;
    expect([...valuesOf(read), ...valuesOf(seen)]).toEqual([5, 5]);
  });

  test('a variable may become what was fed: it outlives the argument', async () => {
    const size = 1000;
    const v = tf.variable(tf.zeros([size]));
    const keep = compile(
      (x: tf.Tensor) => {
        v.assign(x);
      },
      { target },
    );
    for (let i = 0; i < 200; i++) {
      const x = tf.tensor1d(new Float32Array(size).fill(i));
      await keep(x);
      x.dispose();
    }
    expect(valuesOf(v)).toEqual(Array.from({ length: size }, () => 199));
  });

  test('NaN passes through steps, clips and rectifiers', async () => {
    const fn = compile(
      (x: tf.Tensor) => [tf.step(x), tf.clipByValue(x, 0, 1), tf.relu(x), tf.maximum(x, 0)],
      { target },
    );
    const results = await fn(tf.tensor1d([NaN, -1, 2]));
    expect(results.map((result) => valuesOf(result).map(Number.isNaN))).toEqual(
      results.map(() => [true, false, false]),
    );
  });

  test('an error of the runtime comes out of the call and leaves variables as they were', async () => {
    const vs = Array.from({ length: 9 }, (_, i) => tf.variable(tf.zeros([i + 1], 'int32')));
    const fn = compile(
      (x: tf.Tensor, at: tf.Tensor) => {
        for (const v of vs) v.assign(tf.onesLike(v));
        return tf.gather(x, tf.cast(tf.round(tf.tanh(at)), 'int32'));
      },
      { target },
    );
    const x = tf.tensor1d([1, 2]);
    await fn(x, tf.tensor1d([0]));
    for (const v of vs) v.assign(tf.zerosLike(v));
    await expect(fn(x, tf.tensor1d([-5]))).rejects.toThrow(EngineError);
    await expect(fn(x, tf.tensor1d([-5]))).rejects.toThrow(/does not run the program.*indices/);
    expect(vs.flatMap((v) => valuesOf(v)).every((value) => value === 0)).toBe(true);
    await fn(x, tf.tensor1d([5]));
    expect(vs.flatMap((v) => valuesOf(v)).every((value) => value === 1)).toBe(true);
  });
});
