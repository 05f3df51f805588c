import { DataError } from '@pushforward/tensors';
import { platform } from '#platform';
import type { Split } from '../split/split.js';
import type { CsvOptions } from './options.js';
import { parseCsv } from './parse.js';

/**
 * A table from a file of comma-separated values, as {@link parseCsv} reads them.
 *
 * @param source a path (in Node), an address, or a file that the user has chosen (in a browser); UTF-8, or UTF-16
 * with a byte order mark
 * @throws DataError when it cannot be read, and wherever `parseCsv` does
 */
export async function csv(source: string | URL | Blob, options: CsvOptions = {}): Promise<Split> {
  const { label, bytes } =
    source instanceof Blob
      ? {
          label: source instanceof File ? source.name : 'csv file',
          bytes: new Uint8Array(await source.arrayBuffer()),
        }
      : { label: fileName(source), bytes: await platform.read(source) };
  return parseCsv(decode(label, bytes), { name: label, ...options });
}

function fileName(source: string | URL): string {
  return String(source).split(/[\\/]/).at(-1)!;
}

function decode(label: string, bytes: Uint8Array): string {
  // Spreadsheets save "Unicode text" as UTF-16 with a byte order mark.
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DataError(`${label}: this is not a text in UTF-8; save the file as UTF-8.`, {
      cause: error,
    });
  }
}
