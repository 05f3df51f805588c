/** ONNX Runtime's WebGPU provider: what it is told, and how numbers come back from it. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import { type DType, type Program, value } from '../graph/program.js';
import { lower, type OnnxProgram } from '../onnx/lower.js';
import type { Stored } from './hostBackend.js';
import type { Runtime } from './runtimes.js';

/** Do sessions with these options compute on a GPU? */
export function usesGraphics({ executionProviders = [] }: InferenceSession.SessionOptions) {
  return executionProviders.some(
    (provider) => (typeof provider === 'string' ? provider : provider.name) === 'webgpu',
  );
}

/** Where outputs go, each by its name: what is assigned stays on the GPU, results come to the host. */
export function locationsOf({
  results,
  writes,
}: OnnxProgram): Record<string, 'cpu' | 'gpu-buffer'> {
  return Object.fromEntries([
    ...results.map((name) => [name, 'cpu'] as const),
    ...writes.flatMap((name) => (name === undefined ? [] : [[name, 'gpu-buffer'] as const])),
  ]);
}

/** Copies from the GPU to the host, by sessions of its own: not every build of the runtime can do it otherwise. */
export class Downloader {
  /** One for each shape. */
  private readonly sessions = new Map<string, Promise<InferenceSession>>();

  constructor(
    private readonly runtime: Runtime,
    private readonly options: InferenceSession.SessionOptions,
  ) {}

  async download(tensor: OrtTensor): Promise<Stored> {
    if (tensor.location === 'cpu') return tensor.data as Stored;
    const form = `${tensor.type} ${tensor.dims.join()}`;
    const session = await (this.sessions.get(form) ?? this.create(form, tensor));
    const { result0 } = await session.run({ argument0: tensor });
    return result0!.data as Stored;
  }

  private create(form: string, tensor: OrtTensor): Promise<InferenceSession> {
    const session = this.runtime.InferenceSession.create(copying(tensor), this.options);
    this.sessions.set(form, session);
    // Whoever waits for it is told; the next one tries again.
    session.catch(() => this.sessions.delete(form));
    return session;
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
  }
}

/** A model whose one result is its one argument. */
function copying({ type, dims }: OrtTensor): Uint8Array {
  const argument = value([...dims], type as DType, { kind: 'argument' });
  const program: Program = {
    arguments: [argument],
    draws: [],
    states: [],
    nodes: [],
    origins: new Map(),
    results: [argument],
  };
  return lower(program).model;
}
