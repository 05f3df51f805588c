/** The part of a measurement that runs in the page. */
import { type Runtime, useRuntime } from '@pushforward/compile';
import { useEngine } from '@pushforward/tensors';
import { type Budget, timings } from '../timings.js';
import type { Workload } from '../workloads.js';

async function measureInPage(workload: Workload, budget: Budget, startedAt: number) {
  await useEngine('wasm', { wasmPaths: '/tfjs/' });
  // As it is published: what its threads load must stay a file of its own.
  const file = '/onnxruntime-web/ort.wasm.min.mjs';
  useRuntime((await import(/* @vite-ignore */ file)) as Runtime);
  return timings(workload, 'onnx', budget, startedAt);
}

export type MeasureInPage = typeof measureInPage;

Object.assign(globalThis, { measureInPage });
