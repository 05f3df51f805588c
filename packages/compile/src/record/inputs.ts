import { EngineError } from '@pushforward/tensors';
import type * as tf from '@tensorflow/tfjs';
import type { DType, Numbers } from '../graph/program.js';

/** Stored data, told apart by identity. */
export type DataId = object;

/** What a kernel sees of a tensor. */
export interface TensorInfo {
  readonly dataId: DataId;
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

/** What a kernel is called with. */
export type KernelCall = Parameters<tf.KernelFunc>[0];

type Optional = TensorInfo | null | undefined;

/** The inputs that are there, with their names or places in the list. */
export function inputsOf({ inputs }: KernelCall): [name: string, input: TensorInfo][] {
  return Object.entries(inputs as Record<string, Optional>).filter(
    (entry): entry is [string, TensorInfo] => entry[1] != null,
  );
}

/** The call with other inputs, by name or in a list as they were. */
export function withInputs(
  call: KernelCall,
  change: (input: TensorInfo) => TensorInfo,
): KernelCall {
  const changed = inputsOf(call).map(([name, input]) => [name, change(input)] as const);
  const inputs = Array.isArray(call.inputs)
    ? changed.map(([, input]) => input)
    : Object.fromEntries(changed);
  return { ...call, inputs: inputs as KernelCall['inputs'] };
}

/** What tells apart the tensors that share a piece of data. */
export function formOf(info: TensorInfo): string {
  return `${info.dtype} ${info.shape.join()}`;
}

/** @throws EngineError for text and complex numbers */
export function dtypeOf(info: { dtype: tf.DataType }): DType {
  if (info.dtype === 'string' || info.dtype === 'complex64')
    throw new EngineError(
      `compile: a compiled program holds float32, int32 and bool tensors, got ${info.dtype}.`,
    );
  return info.dtype;
}

/** Numbers of a storage as a program holds them. */
export function hostNumbers(values: tf.backend_util.BackendValues, dtype: DType): Numbers {
  const array = values as ArrayLike<number>;
  if (dtype === 'float32') return Float32Array.from(array);
  if (dtype === 'int32') return Int32Array.from(array);
  return Uint8Array.from(array);
}
