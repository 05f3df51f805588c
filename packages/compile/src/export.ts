import { EngineError } from '@pushforward/tensors';
import { constantValue, numbersOf, type Program, type Value } from './graph/program.js';
import { rewrite } from './graph/rewrite.js';
import { lower } from './onnx/lower.js';
import { packed, simplify } from './passes/simplify.js';
import { inTurn } from './queue.js';
import type { Structure } from './record/structure.js';
import { trace } from './record/trace.js';
import { fetchVariables } from './run/graphicsState.js';
import { isNode } from './run/runtimes.js';

/**
 * Saves a function of tensors, its weights inside, as an ONNX file that any ONNX runtime can run.
 *
 * The tensors of `example` become the inputs `argument0`, `argument1`, ..., in order, with their shapes; random draws
 * become further inputs `draw0`, ..., to be fed with the numbers that the draws are named after (see
 * `compile(...).explain()`); results are `result0`, ....
 *
 * @param fn must not assign variables
 * @param example arguments as `fn` takes them
 * @param file where to write, in Node; nothing is left under that name unless it is whole
 * @returns the bytes of the file
 * @throws EngineError where `fn` assigns variables, reads numbers, or uses a kernel without ONNX counterpart
 *
 * @example
 * ```ts
 * import { exportOnnx } from '@pushforward/compile';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const w = tf.variable(tf.ones([3, 2]));
 * const bytes = await exportOnnx((x: tf.Tensor) => tf.matMul(x, w), [tf.zeros([5, 3])]);
 * ```
 */
export async function exportOnnx<Args extends readonly Structure[]>(
  fn: (...args: Args) => Structure,
  example: Args,
  file?: string,
): Promise<Uint8Array> {
  return inTurn(() => exported(fn, example, file));
}

async function exported<Args extends readonly Structure[]>(
  fn: (...args: Args) => Structure,
  example: Args,
  file?: string,
): Promise<Uint8Array> {
  await fetchVariables();
  const { program } = trace(fn, example);
  if (program === undefined || program.states.some(({ written }) => written !== undefined))
    throw new EngineError(
      'exportOnnx: the function assigns variables; an exported file holds a function, not a state.',
    );
  const { model } = lower(packed(simplify(withWeightsInside(program))));
  if (file !== undefined) await writeWhole(file, model);
  return model;
}

function withWeightsInside(program: Program): Program {
  const weights = new Map<Value, Value>();
  for (const { variables, read } of program.states)
    if (read !== undefined)
      weights.set(read, constantValue(read.shape, read.dtype, numbersOf(variables[0]!)));
  return { ...rewrite(program, () => undefined, weights), states: [] };
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  if (!isNode())
    throw new EngineError(
      'exportOnnx: files are written in Node; elsewhere use the bytes that are returned.',
    );
  const fileSystem = 'node:fs/promises';
  const { rename, rm, writeFile } = (await import(/* @vite-ignore */ fileSystem)) as {
    rename: (from: string, to: string) => Promise<void>;
    rm: (file: string, options: { force: boolean }) => Promise<void>;
    writeFile: (file: string, bytes: Uint8Array) => Promise<void>;
  };
  const part = `${file}.part`;
  try {
    await writeFile(part, bytes);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
