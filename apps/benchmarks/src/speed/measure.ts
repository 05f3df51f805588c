/** One measurement, in a process of its own: the cold start and the peak of memory are then its own, too. */
import { useRuntime } from '@pushforward/compile';
import { useEngine } from '@pushforward/tensors';
import { inBrowser, isBrowser } from './browser/measure.js';
import type { Row } from './row.js';
import { type Budget, rounded, timings } from './timings.js';
import type { Workload } from './workloads.js';

/**
 * Ways to run a workload: ONNX Runtime's native and WebAssembly builds, the latter in Chromium too, with one thread or
 * with all; TensorFlow's graphs; and kernel by kernel, recorded or not.
 */
export const engines = [
  'onnx',
  'onnx-web',
  'browser',
  'browser-threads',
  'tensorflow',
  'replay',
  'eager',
] as const;
export type Engine = (typeof engines)[number];

/**
 * Measures one workload on one engine.
 *
 * @param startedAt when the process was started, as of `Date.now()`
 */
export async function measure(
  workload: Workload,
  engine: Engine,
  budget: Budget,
  startedAt: number,
): Promise<Row> {
  if (isBrowser(engine)) return inBrowser(workload, engine, budget, startedAt);
  await useEngine(engine === 'tensorflow' ? engine : 'wasm');
  if (engine === 'onnx') useRuntime(await import('onnxruntime-node'));
  if (engine === 'onnx-web') useRuntime(await import('onnxruntime-web'));
  const mode = engine === 'onnx-web' ? 'onnx' : engine;
  return {
    ...(await timings(workload, mode, budget, startedAt)),
    engine,
    rssMb: rounded(process.resourceUsage().maxRSS / 1024),
  };
}
