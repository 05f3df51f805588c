import { onEachEngine, onTensorFlow } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compile } from '../compile.js';
import { lowerings as inTensorFlow } from '../tensorflow/kernels.js';
import { cases } from './kernelCases.js';
import { lowerings } from './kernels.js';
import { moreCases } from './moreKernelCases.js';

const kernels = Object.keys(lowerings).sort();

test('every kernel has a case', () => {
  expect([...Object.keys(cases), ...Object.keys(moreCases)].sort()).toEqual(kernels);
});

test('every kernel can be lowered to each target', () => {
  expect(Object.keys(inTensorFlow).sort()).toEqual(kernels);
});

function expectSameAsEngine(engine: string, options: CompileOptions): void {
  test.each(Object.entries(cases))('%s', async (_name, make) => {
    const { fn, args } = make(engine);
    const compiled = compile(fn, options);
    const expected = [fn(...args)].flat();
    expectClose([await compiled(...args)].flat(), expected, { abs: 1e-6, rel: 2e-5 });
  });

  test.each(Object.entries(moreCases))('%s', async (kernel, make) => {
    const { fn, args } = make(engine);
    const compiled = compile(fn, options);
    const got = [await compiled(...args)].flat();
    // In single precision, what is constant is computed at once.
    if (options.precision === 'float64') expect(compiled.explain()).toMatch(kernel);
    // Other engines have not every kernel, and gradients of pools that are wrong at the rim, as ONNX then has them.
    if (options.target !== 'tensorflow') void tf.setBackend('cpu');
    const expected = [fn(...args)].flat();
    void tf.setBackend(engine);
    expectClose(got, expected, { abs: 1e-5, rel: 2e-5 });
  });
}

function expectClose(
  got: readonly tf.Tensor[],
  expected: readonly tf.Tensor[],
  tolerance: { abs: number; rel: number },
): void {
  expect(got).toHaveLength(expected.length);
  for (const [i, tensor] of got.entries()) {
    expect(tensor.dtype).toBe(expected[i]!.dtype);
    expect(tensor.shape).toEqual(expected[i]!.shape);
    expect(tensor).toBeAllClose(expected[i]!, tolerance);
  }
}

onEachEngine((engine) => {
  describe.each(['float32', 'float64'] as const)(
    'a kernel in ONNX Runtime, %s, gives what the engine gives',
    (precision) => {
      expectSameAsEngine(engine, { target: 'onnx', precision });
    },
  );
});

onTensorFlow(() => {
  describe('a kernel in a TensorFlow graph gives what the engine gives', () => {
    expectSameAsEngine('tensorflow', { target: 'tensorflow' });
  });
});
