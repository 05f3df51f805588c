import type * as tf from '@tensorflow/tfjs';

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
