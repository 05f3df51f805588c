import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineName } from './candidates.js';

/** Stand for what the user has installed: each loads like an add-on does, or throws like one that is broken. */
const installed = vi.hoisted(() => new Map<string, () => void>());

vi.mock('./package.js', () => ({
  importPackage: async (name: string) => {
    const load = installed.get(name);
    if (load === undefined) return undefined;
    await Promise.resolve().then(load);
    return {};
  },
}));

// What has been tried is remembered, so each test starts with modules of its own; errors are told apart by name.
let useEngine: typeof import('./engine.js').useEngine;
let describeEngine: typeof import('./engine.js').describeEngine;

beforeEach(async () => {
  vi.resetModules();
  vi.stubEnv('PUSHFORWARD_ENGINE', undefined);
  ({ useEngine, describeEngine } = await import('./engine.js'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  installed.clear();
  await tf.setBackend('cpu');
  if ('tensorflow' in tf.engine().registryFactory) tf.removeBackend('tensorflow');
});

/** An add-on that brings the backend `tensorflow`: the cpu backend under that name. */
function addOn({ usesGPU = false, multiplies = true }): () => void {
  return () => {
    for (const { kernelName } of tf.getKernelsForBackend('tensorflow'))
      tf.unregisterKernel(kernelName, 'tensorflow');
    tf.copyRegisteredKernels('cpu', 'tensorflow');
    if (!multiplies) {
      const { kernelFunc } = tf.getKernel('Identity', 'cpu');
      tf.unregisterKernel('BatchMatMul', 'tensorflow');
      tf.registerKernel({
        kernelName: 'BatchMatMul',
        backendName: 'tensorflow',
        kernelFunc: ({ inputs, backend }) =>
          kernelFunc({ inputs: { x: inputs.b! }, backend, attrs: {} }),
      });
    }
    const Backend = tf.findBackend('cpu').constructor as new () => tf.KernelBackend;
    tf.registerBackend('tensorflow', () =>
      Object.assign(new Backend(), { isUsingGpuDevice: usesGPU, firstUse: false }),
    );
  };
}

function broken(): void {
  throw new Error('libtensorflow.so.2: cannot open shared object file\nand more');
}

describe('a named engine', () => {
  it('is quiet, while a first tensor in Node otherwise prints an advertisement', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(tf.findBackend('cpu')).toMatchObject({ firstUse: true });
    await useEngine('cpu');
    tf.scalar(1).dispose();
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(['cpu', 'wasm'] as const)('%s computes and is described', async (name) => {
    const description = await useEngine(name);
    expect(description).toMatchObject({
      engine: name,
      backend: name,
      version: tf.version.tfjs,
      threads: 1,
      precision: 32,
    });
    expect(description).toEqual(describeEngine());
    expect(description.summary).toMatch(`Engine ${name}: TensorFlow.js ${tf.version.tfjs}`);
    expect(tf.getBackend()).toBe(name);
    const square = tf.tidy(() => tf.square(3));
    expect(square.dataSync()[0]).toBe(9);
    square.dispose();
  });

  it('leaves tensors of the engine before usable, and no tensor of its own', async () => {
    await useEngine('cpu');
    const before = tf.memory().numTensors;
    const x = tf.tensor1d([1, 2, 3]);
    await useEngine('wasm');
    const total = tf.tidy(() => tf.sum(x));
    expect(total.dataSync()[0]).toBe(6);
    tf.dispose([x, total]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is not started again when it is in use', async () => {
    await useEngine('wasm');
    const start = vi.spyOn(tf.engine(), 'setBackend');
    await useEngine('wasm');
    expect(start).not.toHaveBeenCalled();
  });

  it('wins over the environment, which wins over the choice', async () => {
    vi.stubEnv('PUSHFORWARD_ENGINE', 'cpu');
    expect((await useEngine()).engine).toBe('cpu');
    expect((await useEngine('wasm')).engine).toBe('wasm');
    vi.stubEnv('PUSHFORWARD_ENGINE', '');
    expect((await useEngine()).engine).not.toBe('cpu');
  });

  it('takes turns when two are asked for at once', async () => {
    const both = await Promise.all([useEngine('wasm'), useEngine('cpu')]);
    expect(both[1].engine).toBe('cpu');
    expect(tf.getBackend()).toBe('cpu');
  });

  it('is refused where it is unknown', async () => {
    await expect(useEngine('gpu' as EngineName)).rejects.toMatchObject({ name: 'OptionError' });
    vi.stubEnv('PUSHFORWARD_ENGINE', 'Wasm');
    await expect(useEngine()).rejects.toThrow(
      "unknown engine 'Wasm'; known are tensorflow-gpu, tensorflow, webgpu, wasm, cpu",
    );
    await expect(useEngine('cpu', { wasmPath: '/' } as object)).rejects.toThrow(
      "unknown option 'wasmPath'",
    );
  });

  it('is an error with the command that installs it where it is missing', async () => {
    await useEngine('wasm');
    await expect(useEngine('tensorflow')).rejects.toMatchObject({
      name: 'EngineError',
      message: `useEngine: tensorflow does not work here: @tensorflow/tfjs-node is not installed. Install it with: npm install @tensorflow/tfjs-node@${tf.version.tfjs}`,
    });
    expect(tf.getBackend()).toBe('wasm');
  });

  it('is an error with the reason where it does not load, and the engine before stays', async () => {
    await useEngine('wasm');
    installed.set('@tensorflow/tfjs-node', broken);
    await expect(useEngine('tensorflow')).rejects.toThrow('cannot open shared object file');
    expect(describeEngine()).toMatchObject({
      engine: 'wasm',
      faster: expect.arrayContaining([
        expect.objectContaining({
          engine: 'tensorflow',
          why: expect.stringContaining('cannot open shared object file') as string,
        }),
      ]) as unknown,
    });
  });

  it('is an error where it computes wrongly', async () => {
    installed.set('@tensorflow/tfjs-node', addOn({ multiplies: false }));
    await expect(useEngine('tensorflow')).rejects.toThrow(
      'multiplies wrongly: [17, 39] came out as [5, 6]',
    );
    expect(tf.getBackend()).toBe('cpu');
  });

  it('is the GPU or the processor, as was asked', async () => {
    installed.set('@tensorflow/tfjs-node-gpu', addOn({ usesGPU: true }));
    expect(await useEngine('tensorflow-gpu')).toMatchObject({
      engine: 'tensorflow-gpu',
      backend: 'tensorflow',
      threads: undefined,
      faster: [],
    });
    await expect(useEngine('tensorflow')).rejects.toThrow('CUDA_VISIBLE_DEVICES=-1');
    expect(describeEngine().engine).toBe('tensorflow-gpu');
  });
});

describe('the choice', () => {
  it('is the fastest engine that works, with the others and how to get them', async () => {
    installed.set('@tensorflow/tfjs-node-gpu', broken);
    installed.set('@tensorflow/tfjs-node', addOn({}));
    const { engine, faster, summary } = await useEngine();
    expect(engine).toBe('tensorflow');
    expect(faster).toEqual([
      {
        engine: 'tensorflow-gpu',
        install: `npm install @tensorflow/tfjs-node-gpu@${tf.version.tfjs}`,
        why: expect.stringContaining('cannot open shared object file') as string,
      },
    ]);
    expect(summary).toMatch('Faster: tensorflow-gpu');
  });

  it('takes the add-on without a GPU for what it is', async () => {
    installed.set('@tensorflow/tfjs-node-gpu', addOn({ usesGPU: false }));
    const { engine, faster } = await useEngine();
    expect(engine).toBe('tensorflow');
    expect(faster[0]!.why).toMatch('uses no GPU');
  });

  it('passes over engines that are broken or compute wrongly, and tries them once', async () => {
    installed.set('@tensorflow/tfjs-node-gpu', broken);
    installed.set('@tensorflow/tfjs-node', addOn({ multiplies: false }));
    const { engine } = await useEngine();
    expect(['webgpu', 'wasm']).toContain(engine);
    await useEngine('cpu');
    const start = vi.spyOn(tf.engine(), 'setBackend');
    expect((await useEngine()).engine).toBe(engine);
    expect(start).toHaveBeenCalledExactlyOnceWith(engine);
  });
});
