/** `fit` on ONNX Runtime's WebGPU provider comes to where it comes on the processor. */
import { type CompileOptions, compile } from '@pushforward/compile';
import { type Batch, Key, useEngine } from '@pushforward/tensors';
import '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { flows } from './table.js';

const graphics: CompileOptions = { target: 'onnx', session: { executionProviders: ['webgpu'] } };

const missing = await compile(
  (x: tf.Tensor) => tf.add(x, 1),
  graphics,
)(tf.zeros([2])).then(
  () => undefined,
  (error: unknown) => String(error),
);
if (missing !== undefined)
  console.warn(
    "SKIPPED: ONNX Runtime's WebGPU provider finds no adapter; Debian's package chromium brings one that needs no " +
      `GPU: ${missing}`,
  );

/** Normal rows, the same in each pass. */
const rows = (seed: number, count: number) => ({
  length: count,
  *batches(_key: Key, size: number): Iterable<Batch> {
    for (let i = 0; i < count / size; i++) yield { x: Key.from(seed + i).normal([size, 2]) };
  },
});

test.skipIf(missing !== undefined)(
  'a flow comes to the same weights',
  async () => {
    await useEngine('wasm');
    const fitted = async (options: CompileOptions) => {
      const flow = flows.find(({ name }) => name === 'maf')!.build(Key.from(1), 2, 0);
      // Data that are standardised have gradients of zero but for rounding, whose sign decides Adam's first step.
      Object.assign(flow, { prepare: undefined });
      const data = { train: rows(10, 64), validation: rows(20, 32) };
      const { history } = await fit(flow, data, {
        key: Key.from(2),
        epochs: 2,
        batchSize: 32,
        averageDecay: 0.9,
        compile: options,
      });
      return { flow, losses: history.map(({ validationLoss }) => validationLoss!) };
    };
    const [onGraphics, onProcessor] = [await fitted(graphics), await fitted({ target: 'onnx' })];
    for (const [i, loss] of onProcessor.losses.entries())
      expect(onGraphics.losses[i]!).toBeCloseTo(loss, 5);
    const expected = onProcessor.flow.parameters();
    for (const [i, weight] of onGraphics.flow.parameters().entries())
      expect(weight).toBeAllClose(expected[i]!, { abs: 1e-5, rel: 1e-4 });
  },
  240_000,
);
