/** The part of a measurement that runs in the page. */
import { type Runtime, useRuntime, withFastProducts } from '@pushforward/compile';
import { useEngine } from '@pushforward/tensors';
import { type Budget, timings } from '../timings.js';
import type { Workload } from '../workloads.js';

async function measureInPage(workload: Workload, budget: Budget, startedAt: number) {
  await useEngine('wasm', { wasmPaths: '/tfjs/' });
  // As it is published: what its threads load must stay a file of its own.
  const module = '/onnxruntime-web/ort.wasm.min.mjs';
  const runtime = (await import(module)) as Runtime & Pick<typeof import('onnxruntime-web'), 'env'>;
  const file = await fetch('/onnxruntime-web/ort-wasm-simd-threaded.wasm');
  runtime.env.wasm.wasmBinary = withFastProducts(new Uint8Array(await file.arrayBuffer()));
  runtime.env.wasm.numThreads = crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  useRuntime(runtime);
  return timings(workload, 'onnx', budget, startedAt);
}

export type MeasureInPage = typeof measureInPage;

Object.assign(globalThis, { measureInPage });
