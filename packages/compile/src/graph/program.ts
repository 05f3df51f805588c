import { EngineError, type Key } from '@pushforward/tensors';
import type * as tf from '@tensorflow/tfjs';

export type DType = 'float32' | 'int32' | 'bool';

/** What a kernel is told besides its inputs: numbers, lists, names. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Where the numbers of a value come from. */
export type Source =
  | { readonly kind: 'argument' }
  | { readonly kind: 'draw' }
  | { readonly kind: 'variable' }
  | { readonly kind: 'constant'; readonly values: Numbers }
  | { readonly kind: 'node'; readonly node: Node; readonly output: number };

/** Numbers on the host. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** A tensor that a program meets: its shape and type are known, its numbers when it runs. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly source: Source;
}

/** One kernel of TensorFlow.js applied to values. */
export interface Node {
  readonly kernel: string;
  readonly inputs: readonly Value[];
  /** What the kernel calls its inputs, such as `a`, `b`; `0`, `1`, ... where they are a list. */
  readonly names: readonly string[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  /** What a loop does in each turn. */
  readonly body?: Program;
}

/** Random numbers that a program draws: evaluated on the host from the key arguments of each call. */
export interface Draw {
  /** The drawn numbers, in the program. */
  readonly value: Value;
  /** The same draw from other keys: `keys` are the key arguments, in order. */
  readonly draw: (keys: readonly Key[]) => tf.Tensor;
  /** How it was derived, such as `key0.split(3)[1].normal`. */
  readonly text: string;
}

/**
 * A variable that the program reads, assigns, or both; or several of them, laid end to end in one vector.
 */
export interface State {
  readonly variables: readonly tf.Variable[];
  /** Its value at the start, where it is read. */
  read?: Value;
  /** Its value at the end, where it is assigned. */
  written?: Value;
}

/**
 * A function of tensors as a graph: nodes in an order in which every input precedes its use.
 *
 * Values are immutable; passes give new programs.
 */
export interface Program {
  readonly arguments: readonly Value[];
  readonly draws: readonly Draw[];
  readonly states: readonly State[];
  readonly nodes: readonly Node[];
  readonly results: readonly Value[];
  /** Where the user's code first asked for each kernel, as ` at file:line:column`; empty where that is not known. */
  readonly origins: ReadonlyMap<string, string>;
}

let nextId = 0;

/** A value with an identity of its own. */
export function value(shape: readonly number[], dtype: DType, source: Source): Value {
  return { id: nextId++, shape, dtype, source };
}

/** The node `kernel(inputs)` with fresh outputs of the given shapes. */
export function node(
  kernel: string,
  inputs: Readonly<Record<string, Value>>,
  attributes: Attributes,
  outputs: readonly { readonly shape: readonly number[]; readonly dtype: DType }[],
  body?: Program,
): Node {
  const made: Node & { outputs: Value[] } = {
    kernel,
    inputs: Object.values(inputs),
    names: Object.keys(inputs),
    attributes,
    outputs: [],
    ...(body && { body }),
  };
  for (const [output, { shape, dtype }] of outputs.entries())
    made.outputs.push(value(shape, dtype, { kind: 'node', node: made, output }));
  return made;
}

/** The numbers of a tensor, on the host. */
export function numbersOf(tensor: tf.Tensor): Numbers {
  const values = tensor.dataSync<'float32' | 'int32' | 'bool'>();
  // Where the cpu backend casts, it may keep the array that it had.
  const array = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[
    tensor.dtype as DType
  ];
  return values instanceof array ? values : array.from(values);
}

/** A value whose numbers are known. */
export function constantValue(shape: readonly number[], dtype: DType, values: Numbers): Value {
  return value(shape, dtype, { kind: 'constant', values });
}

/** Number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** What must be computed: results and the final values of variables. */
export function outputsOf(program: Program): Value[] {
  return [
    ...program.results,
    ...program.states.flatMap((state) => (state.written === undefined ? [] : [state.written])),
  ];
}

/** The kernels of a program, those of its loops' bodies in place of the loops. */
function kernelsOf({ nodes }: Program): string[] {
  return nodes.flatMap(({ kernel, body }) => (body === undefined ? [kernel] : kernelsOf(body)));
}

/**
 * Checks that a target can do all that the program asks for.
 *
 * @param target what programs are lowered to, and
 * @param advice what to do, for the message
 * @throws EngineError naming the kernels that it lacks, and where they were asked for
 */
export function checkKernels(
  program: Program,
  has: (kernel: string) => boolean,
  target: string,
  advice: string,
): void {
  const kernels = new Set(kernelsOf(program));
  const missing = [...kernels].filter((kernel) => !has(kernel));
  if (missing.length > 0)
    throw new EngineError(
      `compile: ${target} cannot do ${missing
        .map((kernel) => `${kernel}${program.origins.get(kernel) ?? ''}`)
        .join(', ')}. ${advice}`,
    );
}
