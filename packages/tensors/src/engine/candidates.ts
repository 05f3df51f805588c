import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { cores, isNode, prepareAddOn, provideWebGPU } from '#platform';
import { importPackage } from './package.js';
import { repairWasm } from './wasm.js';

/** The engines, the fastest first. */
export const engineNames = ['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;

/** Name of an engine: a way to run TensorFlow.js. */
export type EngineName = (typeof engineNames)[number];

/** What an engine may be told. */
export interface EngineOptions {
  /**
   * Where a browser finds the three `.wasm` files of `@tensorflow/tfjs-backend-wasm`: the folder's address, or the
   * address of each by file name. Node finds them by itself.
   */
  readonly wasmPaths?: string | Readonly<Record<string, string>>;
}

/** How one engine is had. */
export interface Candidate {
  /** TensorFlow.js's name of its backend. */
  readonly backend: string;
  /** The packages it needs beyond this one. */
  readonly packages: readonly string[];
  /** Registers the backend; throws the reason why it cannot. */
  readonly load: (options: EngineOptions) => Promise<void>;
  /** Throws the reason why the running backend is not this engine. */
  readonly accept?: () => void;
  /** Threads of the CPU that work; undefined where a GPU does. */
  readonly threads: () => number | undefined;
}

export const candidates: Readonly<Record<EngineName, Candidate>> = {
  'tensorflow-gpu': {
    backend: 'tensorflow',
    packages: ['@tensorflow/tfjs-node-gpu'],
    load: () => loadTensorFlow('@tensorflow/tfjs-node-gpu'),
    accept: () => {
      if (!tensorFlowUsesGPU())
        throw new Error(
          'the TensorFlow of this process uses no GPU: it finds none, or not its CUDA libraries, or @tensorflow/tfjs-node was loaded first',
        );
    },
    threads: () => undefined,
  },
  tensorflow: {
    backend: 'tensorflow',
    packages: ['@tensorflow/tfjs-node'],
    load: () => loadTensorFlow('@tensorflow/tfjs-node'),
    accept: () => {
      if (tensorFlowUsesGPU())
        throw new Error(
          'TensorFlow runs on a GPU in this process; CUDA_VISIBLE_DEVICES=-1 keeps it off',
        );
    },
    threads: cores,
  },
  webgpu: {
    backend: 'webgpu',
    packages: isNode
      ? ['webgpu', '@tensorflow/tfjs-backend-webgpu']
      : ['@tensorflow/tfjs-backend-webgpu'],
    load: loadWebGPU,
    threads: () => undefined,
  },
  wasm: {
    backend: 'wasm',
    packages: ['@tensorflow/tfjs-backend-wasm'],
    load: loadWasm,
    threads: () => {
      const { wasm } = tf.backend() as tf.KernelBackend & Pick<BackendWasm, 'wasm'>;
      return wasm.tfjs.getThreadsCount();
    },
  },
  cpu: { backend: 'cpu', packages: [], load: () => Promise.resolve(), threads: () => 1 },
};

/** Whether the native TensorFlow of this process computes on a GPU. */
export function tensorFlowUsesGPU(): boolean {
  return (tf.findBackend('tensorflow') as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}

/** How the reason ends where a package is missing. */
export const notInstalled = 'is not installed';

/** Imports a package, or throws the reason why not. */
async function required(name: string): Promise<unknown> {
  const imported = await importPackage(name);
  if (imported === undefined) throw new Error(`${name} ${notInstalled}`);
  return imported;
}

async function loadTensorFlow(name: string): Promise<void> {
  if (!isNode) throw new Error('a browser cannot load it');
  // One process holds one native TensorFlow, whichever package brought it.
  if (isRegistered('tensorflow')) return;
  prepareAddOn();
  await required(name);
}

async function loadWebGPU(): Promise<void> {
  if (!isRegistered('webgpu')) {
    if (!isNode)
      throw new Error("import '@tensorflow/tfjs-backend-webgpu' before, so that bundlers see it");
    await provideWebGPU(required);
    await required('@tensorflow/tfjs-backend-webgpu');
  }
  // Asked here, since TensorFlow.js reports a missing adapter as a failure of its own.
  const adapter: unknown = await (
    globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined
  )?.gpu?.requestAdapter();
  if (adapter === undefined || adapter === null)
    throw new Error('WebGPU finds no graphics adapter');
}

async function loadWasm({ wasmPaths }: EngineOptions): Promise<void> {
  if (!isNode && wasmPaths === undefined && !('wasm' in tf.engine().registry))
    throw new Error(
      "its .wasm files have to be served: copy them from @tensorflow/tfjs-backend-wasm/dist and call useEngine('wasm', { wasmPaths: '/folder/' })",
    );
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
  repairWasm();
}

function isRegistered(backend: string): boolean {
  return backend in tf.engine().registryFactory;
}
