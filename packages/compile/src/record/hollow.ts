/**
 * A recording keeps everything that it computes until it ends, for gradients may need it, though nobody ever reads the
 * numbers. So large results are freed as soon as they are computed: they stay hollow, with a form and no numbers, and the
 * kernels that take them are given zeros of that form. What those compute is hollow as well, however small: its numbers
 * are nobody's.
 */
import type * as tf from '@tensorflow/tfjs';
import { type DType, numbersOf, sizeOf } from '../graph/program.js';
import { hostBackend } from '../run/hostBackend.js';
import { formOf } from './forms.js';
import { type DataId, inputsOf, type KernelCall, type TensorInfo, withInputs } from './inputs.js';

/** Smaller results are kept, unless they were computed from hollow data. */
const MOST_KEPT = 4096;

/** Every piece of hollow data that is held, and how often. */
const references = new Map<DataId, number>();

export function isHollow(dataId: DataId): boolean {
  return references.has(dataId);
}

/** A new piece of hollow data. */
export function hollow(): DataId {
  const dataId = {};
  references.set(dataId, 1);
  return dataId;
}

/** How many pieces of hollow data are held. */
export function hollowCount(): number {
  return references.size;
}

/** Gives all hollow data that is still held its numbers. */
export function fill(computed: (hollow: readonly DataId[]) => tf.Tensor[]): void {
  const all = [...references.keys()];
  if (all.length === 0) return;
  try {
    for (const [i, tensor] of computed(all).entries()) {
      const filled = { dataId: all[i]!, size: tensor.size };
      hostBackend.adopt(filled, { values: numbersOf(tensor) }, 0);
      tensor.dispose();
    }
  } finally {
    // What has no numbers to get is not tried again.
    references.clear();
  }
}

/** Runs the kernels of one backend, with hollow data in their inputs and outputs. */
export class HollowStorage {
  /** Zeros that lie in the backend during a recording, by type and shape, which some backends know data by. */
  private readonly zeros = new Map<string, DataId>();

  constructor(private readonly inner: tf.KernelBackend) {}

  /** @param name of the kernel */
  run(name: string, kernel: tf.KernelFunc, call: KernelCall): TensorInfo | TensorInfo[] {
    const form = formOf(name, call);
    const isAnyHollow = inputsOf(call).some(([, { dataId }]) => isHollow(dataId));
    if (form !== undefined && (isAnyHollow || sizeOf(form) > MOST_KEPT))
      return { dataId: hollow(), shape: form, dtype: 'float32' };
    const given = new Set(inputsOf(call).map(([, { dataId }]) => dataId));
    const owners = new Map<DataId, DataId>();
    const filled = (input: TensorInfo): TensorInfo => {
      if (!isHollow(input.dataId)) return input;
      const dataId = this.zerosLike(input);
      if (!owners.has(dataId)) owners.set(dataId, input.dataId);
      return { ...input, dataId };
    };
    const hollowed = (output: TensorInfo): TensorInfo => {
      const owner = owners.get(output.dataId);
      if (owner !== undefined) {
        // The kernel shows its input in another form.
        this.inner.disposeData(output.dataId);
        this.incRef(owner);
        return { ...output, dataId: owner };
      }
      const isKept = owners.size === 0 && sizeOf(output.shape) <= MOST_KEPT;
      if (isKept || given.has(output.dataId) || !isNumeric(output)) return output;
      this.inner.disposeData(output.dataId, true);
      return { ...output, dataId: hollow() };
    };
    const outputs = kernel(withInputs(call, filled));
    return Array.isArray(outputs) ? outputs.map(hollowed) : hollowed(outputs);
  }

  refCount(dataId: DataId): number {
    return references.get(dataId)!;
  }

  incRef(dataId: DataId): void {
    references.set(dataId, references.get(dataId)! + 1);
  }

  /** @returns whether nobody holds it any more */
  disposeData(dataId: DataId, force = false): boolean {
    const left = references.get(dataId)! - 1;
    if (left > 0 && !force) {
      references.set(dataId, left);
      return false;
    }
    references.delete(dataId);
    return true;
  }

  /** Frees what a recording needed. */
  clear(): void {
    for (const dataId of this.zeros.values()) this.inner.disposeData(dataId, true);
    this.zeros.clear();
  }

  private zerosLike({ shape, dtype }: TensorInfo): DataId {
    const form = `${dtype} ${shape.join()}`;
    const known = this.zeros.get(form);
    if (known !== undefined) return known;
    const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
    const made = this.inner.write(new arrays[dtype as DType](sizeOf(shape)), shape, dtype);
    this.zeros.set(form, made);
    return made;
  }
}

/** Text and complex numbers are left to be refused. */
function isNumeric({ dtype }: TensorInfo): boolean {
  return dtype !== 'string' && dtype !== 'complex64';
}
