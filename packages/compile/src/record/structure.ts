import { EngineError, Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** What a compiled function takes and gives: tensors, keys and plain values, nested in arrays and records. */
export type Structure = unknown;

/** The tensors and keys of a structure, in order, and a signature that tells structures apart. */
export interface Leaves {
  readonly tensors: tf.Tensor[];
  readonly keys: Key[];
  /** Shapes, types and plain values: calls with the same signature share one program. */
  readonly signature: string;
}

/** Takes a structure apart. */
export function leavesOf(structure: Structure): Leaves {
  const tensors: tf.Tensor[] = [];
  const keys: Key[] = [];
  const describe = (part: unknown): string => {
    if (isTensor(part)) {
      tensors.push(part);
      return `${part.dtype}[${part.shape.join()}]`;
    }
    if (part instanceof Key) {
      keys.push(part);
      return 'key';
    }
    if (Array.isArray(part)) return `[${part.map(describe).join()}]`;
    if (isRecord(part))
      return `{${Object.entries(part)
        .map(([name, member]) => `${JSON.stringify(name)}:${describe(member)}`)
        .join()}}`;
    if (part === null || ['undefined', 'number', 'string', 'boolean'].includes(typeof part))
      return plain(part);
    throw new EngineError(
      `compile: arguments and results are tensors, keys and plain values in arrays and records, got ${
        typeof part === 'object' ? part.constructor.name : typeof part
      }.`,
    );
  };
  return { signature: describe(structure), tensors, keys };
}

/** The same structure with other tensors and keys in it, given in the order of {@link leavesOf}. */
export function rebuild(
  structure: Structure,
  tensors: readonly tf.Tensor[],
  keys: readonly Key[],
): Structure {
  let nextTensor = 0;
  let nextKey = 0;
  const copy = (part: unknown): unknown => {
    if (isTensor(part)) return tensors[nextTensor++];
    if (part instanceof Key) return keys[nextKey++];
    if (Array.isArray(part)) return part.map(copy);
    if (part !== null && typeof part === 'object')
      return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, copy(member)]));
    return part;
  };
  return copy(structure);
}

/** Text that no other plain value has. */
function plain(part: unknown): string {
  if (typeof part === 'string') return JSON.stringify(part);
  return `${typeof part} ${Object.is(part, -0) ? '-0' : String(part)}`;
}

function isRecord(part: unknown): part is Record<string, unknown> {
  return (
    part !== null &&
    typeof part === 'object' &&
    [Object.prototype, null].includes(Object.getPrototypeOf(part) as object | null)
  );
}

function isTensor(part: unknown): part is tf.Tensor {
  return part instanceof tf.Tensor;
}
