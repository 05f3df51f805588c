/// <reference types="vite/client" />
/** What the browser test runs in a page, built as a user of Vite would. */
import {
  compile,
  exportOnnx,
  fetchVariables,
  useRuntime,
  withFastProducts,
} from '@pushforward/compile';
import { Key, type Tensor, useEngine } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import wasmSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import wasmThreads from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import runtimeFile from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { flows } from '../../src/table.js';
import { difference, trainingOf } from '../../src/training.js';

/** Largest differences, as parts of the largest numbers expected: of losses, and of weights after the last step. */
export interface Differences {
  readonly losses: number;
  readonly weights: number;
}

/** What a test may ask of the page. */
export interface Page {
  /** Names of the flows that can be asked for. */
  readonly names: readonly string[];
  /** Loads one of ONNX Runtime's builds, as it is or with fast products; resolves to whether there are threads. */
  start(build: 'wasm' | 'webgpu', isFast?: boolean): Promise<boolean>;
  /** Compiled training steps against eager ones. */
  train(name: string, steps: number): Promise<Differences>;
  /** A file that was exported, run by the runtime alone, against eager values. */
  exported(name: string): Promise<number>;
}

declare global {
  var page: Page;
}

const runtimes = {
  wasm: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/webgpu'),
};
let build: keyof typeof runtimes;
let runtime: Awaited<ReturnType<(typeof runtimes)['wasm']>>;

globalThis.page = {
  names: flows.map(({ name }) => name),

  async start(chosen, isFast = false) {
    build = chosen;
    runtime = await runtimes[build]();
    if (isFast) {
      const file = await (await fetch(runtimeFile)).arrayBuffer();
      runtime.env.wasm.wasmBinary = withFastProducts(new Uint8Array(file));
    }
    // By itself the runtime takes one thread for each two cores.
    runtime.env.wasm.numThreads = crossOriginIsolated ? 2 : 1;
    useRuntime(runtime);
    await useEngine('wasm', {
      wasmPaths: {
        'tfjs-backend-wasm.wasm': wasm,
        'tfjs-backend-wasm-simd.wasm': wasmSimd,
        'tfjs-backend-wasm-threaded-simd.wasm': wasmThreads,
      },
    });
    return crossOriginIsolated;
  },

  async train(name, steps) {
    const [eager, recorded] = [trainingOf(rowOf(name)), trainingOf(rowOf(name))];
    const step = compile(recorded.step, {
      target: 'onnx',
      session: { executionProviders: [build] },
    });
    let losses = 0;
    for (let i = 0; i < steps; i++) {
      const x = Key.from(100 + i).normal([32, 2]);
      losses = Math.max(losses, difference(await step(x), eager.step(x)));
    }
    await fetchVariables();
    const weights = recorded.parameters.map((weight, i) =>
      difference(weight, eager.parameters[i]!),
    );
    step.dispose();
    return { losses, weights: Math.max(...weights) };
  },

  async exported(name) {
    const flow = rowOf(name).build(Key.from(4), 2);
    const x = Key.from(5).normal([7, 2]);
    const model = await exportOnnx((x: Tensor) => flow.logProb(x), [x]);
    const session = await runtime.InferenceSession.create(model, { executionProviders: [build] });
    const { result0 } = await session.run({
      argument0: new runtime.Tensor('float32', await x.data<'float32'>(), x.shape),
    });
    return difference(tf.tensor1d(result0!.data as Float32Array), flow.logProb(x));
  },
};

function rowOf(name: string) {
  return flows.find((row) => row.name === name)!;
}
