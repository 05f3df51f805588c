import { EngineError, importPackage } from '@pushforward/tensors';
import type { InferenceSession, Tensor } from 'onnxruntime-common';

/** The part of ONNX Runtime's interface that is used: the same in its packages for Node and for the web. */
export interface Runtime {
  /** Runs a model. */
  readonly InferenceSession: typeof InferenceSession;
  /** What goes into it and comes out. */
  readonly Tensor: typeof Tensor;
}

/** An ONNX Runtime, and why those before it in the list are not used though they are installed. */
interface Search {
  readonly runtime: Runtime | undefined;
  readonly failures: readonly EngineError[];
}

let chosen: Runtime | undefined;
let found: Promise<Search> | undefined;
let isTold = false;

const INSTALLATION =
  'In Node: npm install onnxruntime-node; in a browser: npm install onnxruntime-web, then ' +
  "useRuntime(await import('onnxruntime-web/wasm')).";

/**
 * Names the ONNX Runtime that compiled programs run on.
 *
 * In Node `onnxruntime-node`, else `onnxruntime-web`, is found by itself where it is installed. In a browser, or to
 * prefer another build, hand over the module: `import * as ort from 'onnxruntime-web/wasm'; useRuntime(ort)`.
 */
export function useRuntime(runtime: Runtime): void {
  chosen = runtime;
}

/** The runtime that was named, else an installed one, else none. */
export async function findRuntime(): Promise<Runtime | undefined> {
  const { runtime, failures } = await searched();
  if (runtime !== undefined && failures.length > 0)
    tell(`compile: ${wordsOf(failures)}. Another build of ONNX Runtime is used, which is slower.`);
  return runtime;
}

/** As {@link findRuntime}, but it must be there. */
export async function requireRuntime(): Promise<Runtime> {
  const runtime = await findRuntime();
  if (runtime !== undefined) return runtime;
  const { failures } = await searched();
  throw new EngineError(reason(failures), { cause: failures[0]?.cause });
}

/** Says once that programs are replayed because no runtime is there, and how to add one. */
export async function tellOfReplay(): Promise<void> {
  const { failures } = await searched();
  tell(
    `${reason(failures)} Until then the kernels of the engine in use are replayed one by one, which is slower; ` +
      "target: 'replay' says that this is meant.",
  );
}

function tell(text: string): void {
  if (!isTold) console.warn(text);
  isTold = true;
}

function reason(failures: readonly EngineError[]): string {
  const why = failures.length === 0 ? 'ONNX Runtime is not installed' : wordsOf(failures);
  return `compile: ${why}. ${INSTALLATION}`;
}

function wordsOf(failures: readonly EngineError[]): string {
  return failures.map(({ message }) => message).join('; ');
}

async function searched(): Promise<Search> {
  if (chosen !== undefined) return { runtime: chosen, failures: [] };
  found ??= search(['onnxruntime-node', 'onnxruntime-web']);
  return found;
}

async function search(names: readonly string[]): Promise<Search> {
  const failures: EngineError[] = [];
  // Bare names are resolved by Node alone.
  for (const name of isNode() ? names : [])
    try {
      const runtime = (await importPackage(name, importHere)) as Runtime | undefined;
      if (runtime !== undefined) return { runtime, failures };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      failures.push(error);
    }
  return { runtime: undefined, failures };
}

/** ONNX Runtime is a peer of this package, and of no other. */
function importHere(name: string): Promise<unknown> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}

/** Are we in Node, where bare module names can be imported at run time? */
export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}
