import { EngineError, type Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import {
  type DType,
  type Numbers,
  numbersOf,
  type Program,
  type State,
  sizeOf,
  type Value,
} from '../graph/program.js';
import { lower, type OnnxProgram } from '../onnx/lower.js';
import type { Precision } from '../onnx/model.js';
import { withFewOperands } from '../passes/fewOperands.js';
import { everywhere } from '../passes/loops.js';
import { withNoiseFirst } from '../passes/noiseFirst.js';
import { packed } from '../passes/simplify.js';
import { withConstantsSpread } from '../passes/spreadConstants.js';
import { withLoopsUnrolled } from '../passes/unrolled.js';
import { fillsBuffers } from './givenBuffers.js';
import { Downloader, locationsOf, usesGraphics } from './graphics.js';
import { GraphicsState } from './graphicsState.js';
import { hostBackend, type Stored } from './hostBackend.js';
import type { Runner } from './replay.js';
import type { Runtime } from './runtimes.js';
import { type HeldState, HostState } from './states.js';
import { Updates } from './updates.js';

/** Beyond so many bytes of intermediate results a plan of where all of them lie costs as many again, and spares no time. */
const LARGE = 2 ** 30;

/** Runs a program in ONNX Runtime; variables live between calls where the runtime reads them. */
export async function runOnnx(
  program: Program,
  runtime: Runtime,
  options: InferenceSession.SessionOptions,
  precision: Precision,
): Promise<Runner> {
  const isOnGraphics = usesGraphics(options);
  // Loops run on the processor.
  if (isOnGraphics) program = withLoopsUnrolled(program);
  program = packed(program);
  const updates =
    isOnGraphics || precision === 'float64'
      ? undefined
      : await Updates.of(program, await fillsBuffers(runtime, options));
  // Not for files, which the constants would swell.
  let computed = everywhere(withConstantsSpread)(updates?.rest ?? program);
  if (isOnGraphics) computed = withFewOperands(computed);
  const names = lower(withNoiseFirst(computed), precision);
  const session = await runtime.InferenceSession.create(names.model, {
    // Beyond, ONNX Runtime fuses into operators that it has in single precision alone.
    ...(precision === 'float64' && { graphOptimizationLevel: 'basic' as const }),
    enableMemPattern: bytesOf(computed) < LARGE,
    ...options,
    ...(isOnGraphics && { preferredOutputLocation: locationsOf(names) }),
  }).catch((error: unknown) => {
    throw new EngineError(
      `compile: ONNX Runtime does not take the program in ${precision}: ${String(error)}`,
      { cause: error },
    );
  });
  const downloader = isOnGraphics ? new Downloader(runtime, options) : undefined;
  return new OnnxRunner(program, updates, names, session, runtime, precision, downloader);
}

function bytesOf({ nodes }: Program): number {
  const sizes = nodes.flatMap(({ outputs }) => outputs.map(({ shape }) => sizeOf(shape)));
  return sizes.reduce((total, size) => total + size * Float32Array.BYTES_PER_ELEMENT, 0);
}

class OnnxRunner implements Runner {
  private readonly states: (HeldState | undefined)[];
  /** Those that are updated where they lie. */
  private readonly updated: HostState[] = [];
  /** Everything that is computed, and where it is put: null leaves that to the runtime. */
  private readonly outputs: Readonly<Record<string, OrtTensor | null>>;

  constructor(
    private readonly program: Program,
    private readonly updates: Updates | undefined,
    private readonly names: OnnxProgram,
    private readonly session: InferenceSession,
    private readonly runtime: Runtime,
    private readonly precision: Precision,
    private readonly downloader: Downloader | undefined,
  ) {
    this.states = program.states.map((state) => this.held(state));
    const written = names.writes.filter((name) => name !== undefined);
    const handed = updates?.rest.results.slice(program.results.length) ?? [];
    const outputs: Record<string, OrtTensor | null> = {};
    for (const name of [...written, ...names.results]) outputs[name] = null;
    for (const [i, operand] of handed.entries()) {
      const place = updates!.placeToFill(operand);
      const name = names.results[program.results.length + i]!;
      if (place !== undefined) outputs[name] = this.tensor(operand, place);
    }
    this.outputs = outputs;
  }

  async run(args: readonly tf.Tensor[], keys: readonly Key[]): Promise<tf.Tensor[]> {
    const feeds: Record<string, OrtTensor> = {};
    for (const [i, value] of this.program.arguments.entries())
      feeds[this.names.arguments[i]!] = this.tensor(value, await fetched(args[i]!));
    for (const [i, { value, draw }] of this.program.draws.entries()) {
      const drawn = draw(keys);
      feeds[this.names.draws[i]!] = this.tensor(value, await fetched(drawn));
      drawn.dispose();
    }
    for (const [i, state] of this.states.entries()) {
      const read = this.names.reads[i];
      const current = await state?.current();
      if (read !== undefined) feeds[read] = current!;
    }

    const outputs = await this.session.run(feeds, this.outputs).catch((error: unknown) => {
      throw new EngineError(`compile: ONNX Runtime does not run the program: ${String(error)}`, {
        cause: error,
      });
    });

    for (const [i, state] of this.states.entries()) {
      const write = this.names.writes[i];
      if (write !== undefined) state!.replace(outputs[write]!);
    }
    const computed = this.names.results.map((name) => outputs[name]!.data as Stored);
    this.update(computed);
    return this.program.results.map((value, i) =>
      hostBackend.tensor({ values: computed[i]! }, 0, value.shape, value.dtype),
    );
  }

  private update(computed: readonly Stored[]): void {
    const { updates } = this;
    if (updates === undefined) return;
    const operands = [...updates.rest.results.entries()].slice(this.program.results.length);
    updates.run(new Map(operands.map(([i, operand]) => [operand, computed[i]!])));
    for (const state of this.updated) state.touch();
  }

  dispose(): void {
    // All at once: variables on the host are free when this returns.
    const left = this.states.flatMap((state) => (state === undefined ? [] : [state.dispose()]));
    this.release(left).catch((error: unknown) => {
      console.error('compile: a program was not freed.', error);
    });
  }

  private async release(left: readonly Promise<void>[]): Promise<void> {
    await Promise.all(left);
    await this.session.release();
    await this.downloader?.release();
  }

  private held(state: State): HeldState | undefined {
    const value = state.read ?? state.written;
    if (value === undefined) return undefined;
    const place = this.updates?.placeOf(state);
    const initial = place ?? new arrays[this.typeOf(value.dtype)](sizeOf(value.shape));
    const wrap = (numbers: Stored) => this.tensor(value, numbers);
    if (this.downloader !== undefined)
      return new GraphicsState(state, initial, wrap, this.downloader);
    const held = new HostState(state, initial, wrap);
    if (place !== undefined) this.updated.push(held);
    return held;
  }

  private tensor({ dtype, shape }: Value, numbers: Stored): OrtTensor {
    const type = this.typeOf(dtype);
    const stored =
      type === 'float64' && !(numbers instanceof Float64Array)
        ? Float64Array.from(numbers)
        : numbers;
    return new this.runtime.Tensor(type, stored as Float32Array, [...shape]);
  }

  private typeOf(dtype: DType) {
    return dtype === 'float32' ? this.precision : dtype;
  }
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

/** Engines on a GPU give numbers in their own time. */
async function fetched(tensor: tf.Tensor): Promise<Numbers> {
  return tf.getBackend() === 'webgpu'
    ? tensor.data<'float32' | 'int32' | 'bool'>()
    : numbersOf(tensor);
}
