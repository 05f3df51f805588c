import { onEachEngine, onTensorFlow } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compile } from '../compile.js';
import { images } from '../kernelCases/images.js';
import { cases } from '../kernelCases/index.js';
import { trace } from '../record/trace.js';
import { lowerings as inTensorFlow } from '../tensorflow/kernels.js';
import { lowerings } from './kernels.js';

const kernels = Object.keys(lowerings).sort();

test('every kernel has a case', () => {
  expect(Object.keys(cases).sort()).toEqual(kernels);
});

test('every kernel can be lowered to each target', () => {
  expect(Object.keys(inTensorFlow).sort()).toEqual(kernels);
});

/** The engine itself, where it has the kernel; ONNX has the gradients of pools that `cpu` has, others differ at the rim. */
function oracleOf(kernel: string, engine: string, { target }: CompileOptions): string {
  const config = tf.getKernel(kernel, engine) as tf.KernelConfig | undefined;
  const isAble = config !== undefined && (target === 'tensorflow' || !(kernel in images));
  return isAble ? engine : 'cpu';
}

function expectSameAsEngine(engine: string, options: CompileOptions): void {
  test.each(Object.entries(cases))('%s', async (kernel, make) => {
    const { fn, args } = make(engine);
    const compiled = compile(fn, options);
    const got = [await compiled(...args)].flat();
    expect(compiled.explain()).toContain(` = ${kernel}(`);

    await tf.setBackend(oracleOf(kernel, engine, options));
    const expected = [fn(...args)].flat();
    await tf.setBackend(engine);
    expect(got).toHaveLength(expected.length);
    for (const [i, tensor] of got.entries()) {
      expect(tensor.dtype).toBe(expected[i]!.dtype);
      expect(tensor.shape).toEqual(expected[i]!.shape);
      // In images, sums are over many products.
      expect(tensor).toBeAllClose(expected[i]!, { abs: kernel in images ? 1e-5 : 1e-6, rel: 2e-5 });
    }
  });
}

onEachEngine((engine) => {
  describe.each(['float32', 'float64'] as const)(
    'a kernel in ONNX Runtime, %s, gives what the engine gives',
    (precision) => {
      expectSameAsEngine(engine, { target: 'onnx', precision });
    },
  );

  // No target lowers them.
  test.each([
    ['Identity', (x: tf.Tensor) => tf.clone(x)],
    ['ExpandDims', (x: tf.Tensor) => tf.expandDims(x, 1)],
  ])('%s leaves nothing to compute', async (kernel, fn) => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const add = (x: tf.Tensor) => tf.add(fn(x), 1);
    expect(trace(add, [x]).program!.nodes.map((node) => node.kernel)).toContain(kernel);
    const compiled = compile(add, { target: 'onnx' });
    expect(await compiled(x)).toBeAllClose(add(x), {});
    expect(compiled.explain()).not.toContain(kernel);
  });
});

onTensorFlow(() => {
  describe('a kernel in a TensorFlow graph gives what the engine gives', () => {
    expectSameAsEngine('tensorflow', { target: 'tensorflow' });
  });
});
