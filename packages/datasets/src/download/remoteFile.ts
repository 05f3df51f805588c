import { checkOptions, DataError } from '@pushforward/tensors';

/** A public file, known to the byte. */
export interface RemoteFile {
  /** Where it lies in a data folder and in the cache, such as `mnist/train-images-idx3-ubyte.gz`. */
  readonly path: string;
  /** Where it can be downloaded; tried in this order. */
  readonly addresses: readonly string[];
  readonly bytes: number;
  /** SHA-256, in hexadecimal. */
  readonly sha256: string;
}

/** Where a data set comes from. */
export interface DownloadOptions {
  /** A folder that holds the files already; by default what the environment variable `PUSHFORWARD_DATA` names. */
  readonly folder?: string;
  /** The folder that keeps downloads; by default one in the user's cache. Node only. */
  readonly cache?: string;
  /** An address to download from instead of the official ones; the file's name is appended. */
  readonly mirror?: string;
  /** Told how far a download is. */
  readonly progress?: (file: string, bytes: number, total: number) => void;
  /** Ends a download. */
  readonly signal?: AbortSignal;
}

const downloadOptions = [
  'folder',
  'cache',
  'mirror',
  'progress',
  'signal',
] satisfies (keyof DownloadOptions)[];

export function checkDownloadOptions(where: string, options: DownloadOptions): void {
  checkOptions(where, options, downloadOptions);
}

/** Where to download a file, its mirror before everything. */
export function addressesOf(file: RemoteFile, { mirror }: DownloadOptions): readonly string[] {
  if (mirror === undefined) return file.addresses;
  return [`${mirror.replace(/\/$/, '')}/${file.path.split('/').at(-1)!}`];
}

/** @throws DataError unless the bytes are those of the file */
export async function verify(where: string, bytes: Uint8Array, file: RemoteFile): Promise<void> {
  if (bytes.length !== file.bytes)
    throw new DataError(`${where}: ${bytes.length} of ${file.bytes} bytes.`);
  const sha256 = await digest(bytes);
  if (sha256 !== file.sha256)
    throw new DataError(`${where}: the SHA-256 is ${sha256}, expected ${file.sha256}.`);
}

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
