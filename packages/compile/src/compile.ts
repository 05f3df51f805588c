import { checkOptions, EngineError, type Key, OptionError } from '@pushforward/tensors';
import type * as tf from '@tensorflow/tfjs';
import type { InferenceSession } from 'onnxruntime-common';
import { explain } from './graph/explain.js';
import { outputsOf, type Program } from './graph/program.js';
import type { Precision } from './onnx/model.js';
import { simplify } from './passes/simplify.js';
import { betweenCalls, inTurn } from './queue.js';
import { leavesOf, rebuild, type Structure } from './record/structure.js';
import { trace } from './record/trace.js';
import { fetchVariables } from './run/graphicsState.js';
import { runOnnx } from './run/onnxruntime.js';
import { type Runner, replay } from './run/replay.js';
import { findRuntime, requireRuntime, tellOfReplay } from './run/runtimes.js';
import { isTensorFlowInUse, runTensorFlow } from './run/tensorflow.js';

/** How a function is compiled. */
export interface CompileOptions {
  /**
   * `tensorflow`: a graph of the engine of that name, an error where it is not in use; `onnx`: ONNX Runtime, an error
   * where it is not installed; `replay`: the kernels of the engine in use, one by one; `auto`: the first that is there.
   * Default `auto`.
   */
  readonly target?: 'auto' | 'tensorflow' | 'onnx' | 'replay';
  /**
   * How exactly the program computes: in `float64` the same recorded operations run in double precision, variables
   * keep all digits from call to call, and what tensors show of them is rounded once. It tells rounding from error;
   * it needs ONNX Runtime. Default `float32`.
   */
  readonly precision?: Precision;
  /** Programs kept, one for each signature of arguments; the one used longest ago goes first. Default 8. */
  readonly programs?: number;
  /** What the runtime's sessions are created with, such as `executionProviders` and `intraOpNumThreads`. */
  readonly session?: InferenceSession.SessionOptions;
}

/** A function that runs as one recorded program. */
export interface Compiled<Args extends readonly Structure[], Result> {
  (...args: Args): Promise<Result>;
  /** The simplified programs as text: nodes, shapes, floating point operations, bytes. */
  explain(): string;
  /** Frees the programs; variables stay as they are. */
  dispose(): void;
}

interface Entry {
  readonly program: Program;
  readonly runner: Runner;
  readonly result: Structure;
}

/**
 * The function as a program that runs in one piece.
 *
 * The first call with new shapes runs `fn` under a recording engine; it and later calls then run the record: no tape,
 * no dispatch, in native code where ONNX Runtime is installed. A whole training step may be compiled: variables that it reads or
 * assigns are found by themselves, and are visible to eager code after each call.
 *
 * What depends on JavaScript alone (numbers, conditions, loops) is as it was when recorded. Tensors and keys that
 * change from call to call are arguments, and random numbers are drawn from a key or with a seed. Calls run one after
 * the other, those of other compiled functions included: await a call before disposing what it was given.
 *
 * @param fn takes and gives tensors, keys and plain values, nested in arrays and records
 * @throws EngineError, at the first call, where `fn` reads the numbers of a tensor, waits, draws without a key or a
 *   seed, or uses a kernel that cannot be lowered, with the line of the user's code; at any call, where an argument or
 *   a variable is disposed. A call that fails leaves variables as they were
 *
 * @example
 * ```ts
 * import { compile } from '@pushforward/compile';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const w = tf.variable(tf.zeros([3, 1]));
 * const optimizer = tf.train.adam(0.1);
 * const step = compile((x: tf.Tensor, y: tf.Tensor) =>
 *   optimizer.minimize(() => tf.losses.meanSquaredError(y, tf.matMul(x, w)) as tf.Scalar, true),
 * );
 * const loss = await step(tf.ones([4, 3]), tf.ones([4, 1]));
 * ```
 */
export function compile<Args extends readonly Structure[], Result>(
  fn: (...args: Args) => Result,
  options: CompileOptions = {},
): Compiled<Args, Result> {
  checkOptions('compile', options, ['target', 'precision', 'programs', 'session']);
  const programs = new ProgramCache(fn as (...args: readonly Structure[]) => Structure, options);
  const call = (...args: Args) => inTurn(() => programs.call(args)) as Promise<Result>;
  return Object.assign(call, {
    explain: () => programs.explain(),
    dispose: () => {
      betweenCalls(() => {
        programs.dispose();
      });
    },
  });
}

class ProgramCache {
  private readonly entries = new Map<string, Entry>();
  private readonly capacity: number;

  constructor(
    private readonly fn: (...args: readonly Structure[]) => Structure,
    private readonly options: CompileOptions,
  ) {
    this.capacity = options.programs ?? 8;
    if (!Number.isInteger(this.capacity) || this.capacity < 1)
      throw new OptionError(`compile: programs must be an integer >= 1, got ${this.capacity}.`);
    const { target = 'auto', precision = 'float32' } = options;
    if (!['auto', 'tensorflow', 'onnx', 'replay'].includes(target))
      throw new OptionError(
        `compile: target must be 'auto', 'tensorflow', 'onnx' or 'replay', got '${target}'.`,
      );
    if (!['float32', 'float64'].includes(precision))
      throw new OptionError(
        `compile: precision must be 'float32' or 'float64', got '${precision}'.`,
      );
    if (['replay', 'tensorflow'].includes(target) && options.session !== undefined)
      throw new OptionError(`compile: session is for ONNX Runtime, got target '${target}'.`);
    if (['replay', 'tensorflow'].includes(target) && precision === 'float64')
      throw new OptionError(
        `compile: precision 'float64' needs target 'onnx', for TensorFlow.js computes in float32, got '${target}'.`,
      );
  }

  async call(args: readonly Structure[]): Promise<Structure> {
    const { signature, tensors, keys } = leavesOf(args);
    for (const [i, tensor] of tensors.entries())
      if (tensor.isDisposed)
        throw new EngineError(
          `compile: tensor ${i} of the arguments, of shape [${tensor.shape.join(', ')}], is disposed. ` +
            'Await a call before disposing what it was given.',
        );
    const entry = this.entries.get(signature);
    if (entry === undefined) return this.record(signature, args);
    // Used last: the order of a map is that of insertion.
    this.entries.delete(signature);
    this.entries.set(signature, entry);
    return this.run(entry, tensors, keys);
  }

  explain(): string {
    return [...this.entries]
      .map(([signature, { program }]) => `${signature}\n${explain(program)}`)
      .join('\n\n');
  }

  dispose(): void {
    for (const { runner } of this.entries.values()) runner.dispose();
    this.entries.clear();
  }

  private async record(signature: string, args: readonly Structure[]): Promise<Structure> {
    // The recorded run is eager.
    await fetchVariables();
    // Undone and run again as a program, the first call rounds like all others: an interrupted training comes to the
    // numbers of an uninterrupted one.
    const { result, program } = trace(this.fn, args);
    // An optimiser made its variables: the next run shows what it does from then on.
    if (program === undefined) return result;
    if (leavesOf(result).keys.length > 0)
      throw new EngineError('compile: the compiled function returns a key. Split keys outside.');
    const simplified = simplify(program, this.options.precision);
    const entry = { program: simplified, runner: await this.runnerOf(simplified), result };
    this.keep(signature, entry);
    const { tensors, keys } = leavesOf(args);
    return this.run(entry, tensors, keys);
  }

  private keep(signature: string, entry: Entry): void {
    this.entries.set(signature, entry);
    if (this.entries.size > this.capacity) {
      const [oldest] = this.entries.keys();
      this.entries.get(oldest!)!.runner.dispose();
      this.entries.delete(oldest!);
    }
  }

  private async runnerOf(program: Program): Promise<Runner> {
    const { target = 'auto', session, precision = 'float32' } = this.options;
    // What only ONNX Runtime does is not left out in silence.
    const isOnnx = target === 'onnx' || precision === 'float64' || session !== undefined;
    const isEmpty = outputsOf(program).length === 0;
    if (target === 'replay' || isEmpty) return replay(program);
    if (target === 'tensorflow' || (!isOnnx && isTensorFlowInUse())) return runTensorFlow(program);
    const runtime = isOnnx ? await requireRuntime() : await findRuntime();
    if (runtime !== undefined) return runOnnx(program, runtime, session ?? {}, precision);
    await tellOfReplay();
    return replay(program);
  }

  private async run(entry: Entry, tensors: readonly tf.Tensor[], keys: readonly Key[]) {
    for (const { variables } of entry.program.states)
      for (const variable of variables)
        if (variable.isDisposed)
          throw new EngineError(
            `compile: the variable '${variable.name}' of shape [${variable.shape.join(', ')}] was ` +
              'disposed after the function was recorded. Call .dispose() of the compiled function to record it anew.',
          );
    const results = await entry.runner.run(tensors, keys);
    return rebuild(entry.result, results, []);
  }
}
