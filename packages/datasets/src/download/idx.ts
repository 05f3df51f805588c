import { DataError } from '@pushforward/tensors';

/** Bytes in an array of the given shape. */
interface Idx {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads the IDX format of MNIST: two zero bytes, the type of the elements, the rank, then the sizes of the axes as
 * big-endian 32-bit words, then the elements.
 *
 * @throws DataError for anything but an array of bytes of just that size
 */
export function parseIdx(where: string, bytes: Uint8Array): Idx {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rank = bytes[3] ?? 0;
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== UNSIGNED_BYTE || bytes.length < 4 + 4 * rank)
    throw new DataError(
      `${where}: this is not an IDX file of bytes; it begins with ${[...bytes.subarray(0, 4)].join(', ')}.`,
    );
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const data = bytes.subarray(4 + 4 * rank);
  const size = shape.reduce((product, length) => product * length, 1);
  if (data.length !== size)
    throw new DataError(
      `${where}: shape [${shape.join(', ')}] needs ${size} bytes, there are ${data.length}.`,
    );
  return { shape, data };
}
