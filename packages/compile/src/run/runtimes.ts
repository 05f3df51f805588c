import { EngineError } from '@pushforward/tensors';
import type { InferenceSession, Tensor } from 'onnxruntime-common';

/** The part of ONNX Runtime's interface that is used: the same in its packages for Node and for the web. */
export interface Runtime {
  /** Runs a model. */
  readonly InferenceSession: typeof InferenceSession;
  /** What goes into it and comes out. */
  readonly Tensor: typeof Tensor;
}

let chosen: Runtime | undefined;
let found: Promise<Runtime | undefined> | undefined;
let isTold = false;

const MISSING =
  'compile: ONNX Runtime is not installed. In Node: npm install onnxruntime-node; in a browser: ' +
  "npm install onnxruntime-web, then useRuntime(await import('onnxruntime-web')).";

/**
 * Names the ONNX Runtime that compiled programs run on.
 *
 * In Node `onnxruntime-node` is found by itself where it is installed; in a browser, or to prefer another build, hand
 * over the module: `import * as ort from 'onnxruntime-web'; useRuntime(ort)`.
 */
export function useRuntime(runtime: Runtime): void {
  chosen = runtime;
}

/** The runtime that was named, else an installed one, else none. */
export async function findRuntime(): Promise<Runtime | undefined> {
  if (chosen !== undefined) return chosen;
  found ??= installed(['onnxruntime-node', 'onnxruntime-web']);
  return found;
}

/** As {@link findRuntime}, but it must be there. */
export async function requireRuntime(): Promise<Runtime> {
  const runtime = await findRuntime();
  if (runtime === undefined) throw new EngineError(MISSING);
  return runtime;
}

/** Says once that programs are replayed because no runtime is there, and how to add one. */
export function tellOfReplay(): void {
  if (isTold) return;
  isTold = true;
  console.warn(
    `${MISSING} Until then the kernels of the engine in use are replayed one by one, which is slower; ` +
      "target: 'replay' says that this is meant.",
  );
}

async function installed(names: readonly string[]): Promise<Runtime | undefined> {
  // Bare names are resolved by Node alone; a bundler must not follow them, for they are optional.
  if (!isNode()) return undefined;
  for (const name of names)
    try {
      return (await import(/* @vite-ignore */ name)) as Runtime;
    } catch {
      // Not installed, or not for this platform: the next one may be.
    }
  return undefined;
}

/** Are we in Node, where bare module names can be imported at run time? */
export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}
