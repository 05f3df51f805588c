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
import { shapedForOnnx } from '../passes/simplify.js';
import { withConstantsSpread } from '../passes/spreadConstants.js';
import { type Buffer, hostBackend, type Stored } from './hostBackend.js';
import type { Runner } from './replay.js';
import { leaveToVariables, takeFromVariables } from './variables.js';

/** The part of ONNX Runtime's interface that is used: the same in its packages for Node and for the web. */
export interface Runtime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof OrtTensor;
}

/** The numbers of a state between calls. */
interface StateBuffer {
  readonly state: State;
  readonly buffer: Buffer;
  current: OrtTensor;
}

/** Runs a program in ONNX Runtime; variables live in the runtime's tensors between calls. */
export async function runOnnx(
  program: Program,
  runtime: Runtime,
  options: InferenceSession.SessionOptions,
  precision: Precision,
): Promise<Runner> {
  // Not for files, which the constants would swell.
  program = withConstantsSpread(shapedForOnnx(program));
  const names = lower(program, precision);
  const session = await runtime.InferenceSession.create(names.model, options).catch(
    (error: unknown) => {
      throw new EngineError(
        `compile: ONNX Runtime does not take the program in ${precision}: ${String(error)}`,
        { cause: error },
      );
    },
  );
  return new OnnxRunner(program, names, session, runtime, precision);
}

class OnnxRunner implements Runner {
  private readonly states: (StateBuffer | undefined)[];

  constructor(
    private readonly program: Program,
    private readonly names: OnnxProgram,
    private readonly session: InferenceSession,
    private readonly runtime: Runtime,
    private readonly precision: Precision,
  ) {
    this.states = program.states.map((state) => this.bufferOf(state));
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
      if (state === undefined) continue;
      const read = this.names.reads[i];
      takeFromVariables(state.state, state.buffer);
      if (read !== undefined) feeds[read] = state.current;
    }

    // Buffers of our own for what is assigned would not be filled by every build of the runtime.
    const outputs = await this.session.run(feeds);

    for (const [i, state] of this.states.entries()) {
      const write = this.names.writes[i];
      if (state === undefined || write === undefined) continue;
      state.current = outputs[write]!;
      state.buffer.values = state.current.data as Stored;
    }
    return this.program.results.map((value, i) =>
      hostBackend.tensor(
        { values: outputs[this.names.results[i]!]!.data as Stored },
        0,
        value.shape,
        value.dtype,
      ),
    );
  }

  dispose(): void {
    for (const state of this.states)
      if (state !== undefined) leaveToVariables(state.state, state.buffer);
    void this.session.release();
  }

  private bufferOf(state: State): StateBuffer | undefined {
    const value = state.read ?? state.written;
    if (value === undefined) return undefined;
    const size = sizeOf(value.shape);
    const buffer: Buffer = { values: new arrays[this.typeOf(value.dtype)](size) };
    return { state, buffer, current: this.tensor(value, buffer.values) };
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
