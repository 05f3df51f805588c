import { DataError } from '@pushforward/tensors';
import { parseTar } from 'nanotar';

/** Pixels on a side, and numbers of a picture: three channels. */
export const SIDE = 32;
const PIXELS = SIDE * SIDE;
const NUMBERS = 3 * PIXELS;
const RECORD = 1 + NUMBERS;

/** Pictures as rows: the colours of a pixel side by side, integers from 0 to 255. */
export interface Pictures {
  readonly x: Float32Array;
  readonly labels: Float32Array;
}

/**
 * The pictures of these files of the archive, one after the other. A file is one record a picture: a byte for the
 * label, then all reds, all greens, all blues, each row after row.
 *
 * @param tar the unpacked archive
 * @throws DataError when a file is absent or not of whole records
 */
export function picturesIn(tar: Uint8Array, names: readonly string[]): Pictures {
  const files = new Map(parseTar(tar).map(({ name, data }) => [name.split('/').at(-1), data]));
  const batches = names.map((name) => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new DataError(`CIFAR-10: ${name} is not in the archive.`);
    if (bytes.length % RECORD !== 0)
      throw new DataError(
        `CIFAR-10: ${name} has ${bytes.length} bytes, not whole records of ${RECORD}.`,
      );
    return bytes;
  });
  const count = batches.reduce((sum, { length }) => sum + length / RECORD, 0);
  const x = new Float32Array(count * NUMBERS);
  const labels = new Float32Array(count);
  let row = 0;
  for (const bytes of batches)
    for (let start = 0; start < bytes.length; start += RECORD, row++) {
      labels[row] = bytes[start]!;
      for (let channel = 0; channel < 3; channel++)
        for (let i = 0; i < PIXELS; i++)
          x[row * NUMBERS + 3 * i + channel] = bytes[start + 1 + channel * PIXELS + i]!;
    }
  return { x, labels };
}
