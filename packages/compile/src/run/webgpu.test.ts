/** The same programs on ONNX Runtime's WebGPU provider in Node; SwiftShader serves where there is no GPU. */
import { EngineError, Key, tanh } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import * as node from 'onnxruntime-node';
import { beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../compile.js';
import { exportOnnx } from '../export.js';
import { fetchVariables } from './graphicsState.js';
import { useRuntime } from './runtimes.js';

const options = { target: 'onnx', session: { executionProviders: ['webgpu'] } } as const;

const missing = await exportOnnx((x: tf.Tensor) => tf.add(x, 1), [tf.zeros([2])])
  .then((model) => node.InferenceSession.create(model, options.session))
  .then(
    () => undefined,
    (error: unknown) => String(error),
  );
if (missing !== undefined)
  console.warn(
    "Skipped, ONNX Runtime's WebGPU provider finds no adapter; Debian's package chromium brings one that needs no " +
      `GPU: ${missing}`,
  );

describe.skipIf(missing !== undefined)('on WebGPU', () => {
  beforeEach(() => {
    useRuntime(node);
  });

  /** A regression with Adam, and its two weights. */
  function regression() {
    const w = tf.variable(Key.from(1).normal([3, 4]));
    const v = tf.variable(Key.from(2).normal([4, 1]));
    const optimizer = tf.train.adam(0.05);
    const loss = (x: tf.Tensor, y: tf.Tensor) =>
      tf.mean<tf.Scalar>(tf.square(tf.sub(tf.matMul(tanh(tf.matMul(x, w)), v), y)));
    const step = (x: tf.Tensor, y: tf.Tensor) => optimizer.minimize(() => loss(x, y), true)!;
    return { w, v, step, loss };
  }
  const batch = (i: number): [tf.Tensor, tf.Tensor] => {
    const x = Key.from(i).normal([8, 3]);
    return [x, tf.tanh(tf.sum(x, 1, true))];
  };

  test('training steps come to the parameters of eager ones', async () => {
    const [eager, compiled] = [regression(), regression()];
    const step = compile(compiled.step, options);
    for (let i = 0; i < 20; i++)
      expect(await step(...batch(i))).toBeAllClose(eager.step(...batch(i)), {
        abs: 1e-6,
        rel: 1e-4,
      });
    await fetchVariables();
    expect(compiled.w).toBeAllClose(eager.w, { abs: 1e-5, rel: 1e-4 });
    expect(compiled.v).toBeAllClose(eager.v, { abs: 1e-5, rel: 1e-4 });
  });

  test('variables stay on the GPU, and come to the host when they are asked for', async () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const double = compile(() => {
      v.assign(tf.mul(v, 2));
    }, options);
    await double();
    await double();
    expect(() => valuesOf(v)).toThrow(EngineError);
    expect([...(await v.data())]).toEqual([4, 8]);
    expect(valuesOf(v)).toEqual([4, 8]);
    await double();
    expect(() => valuesOf(v)).toThrow('await its data()');
    await fetchVariables();
    expect(valuesOf(tf.add(v, 1))).toEqual([9, 17]);
  });

  test('what eager code assigns reaches the GPU, one variable of several', async () => {
    const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4, 5]))];
    const halve = compile(() => {
      for (const variable of [a, b]) variable.assign(tf.div(variable, 2));
    }, options);
    await halve();
    b.assign(tf.tensor1d([10, 20, 30]));
    await halve();
    await fetchVariables();
    expect([valuesOf(a), valuesOf(b)]).toEqual([
      [0.25, 0.5],
      [5, 10, 15],
    ]);
  });

  test('programs that share variables see what the others assign', async () => {
    const { step, loss, w } = regression();
    const [train, judge] = [compile(step, options), compile(loss, options)];
    for (let i = 0; i < 3; i++) await train(...batch(0));
    // Recorded while the weights are on the GPU.
    const before = await (await judge(...batch(0))).data();
    for (let i = 0; i < 3; i++) await train(...batch(0));
    const after = await (await judge(...batch(0))).data();
    expect(after[0]!).toBeLessThan(before[0]!);
    train.dispose();
    judge.dispose();
    await fetchVariables();
    expect(valuesOf(w).every(Number.isFinite)).toBe(true);
    expect(await judge(...batch(0))).toBeAllClose(after, { rel: 1e-6 });
  });
});
