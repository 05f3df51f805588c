import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '@pushforward/tensors';
import { messageOf, pieces, request, unobtainable } from '../download/receive.js';
import {
  addressesOf,
  type DownloadOptions,
  type RemoteFile,
  verify,
} from '../download/remoteFile.js';
import type { Platform } from './platform.js';

/** Node: files are files, and downloads are kept in the user's cache folder. */
export const platform: Platform = {
  async read(source) {
    try {
      if (/^https?:/.test(String(source))) {
        const { response } = await request(String(source), 0, {});
        return new Uint8Array(await response.arrayBuffer());
      }
      const path = /^file:/.test(String(source)) ? fileURLToPath(source) : String(source);
      return await readFile(path);
    } catch (error) {
      throw new DataError(`${String(source)} cannot be read: ${messageOf(error)}.`, {
        cause: error,
      });
    }
  },

  async readIfPresent(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new DataError(`${path} cannot be read: ${messageOf(error)}.`, { cause: error });
    }
  },

  dataFolder: () => process.env.PUSHFORWARD_DATA || undefined,

  async download(file, options) {
    const target = join(options.cache ?? cacheFolder(), file.path);
    const kept = await fromCache(target, file);
    if (kept !== undefined) return kept;
    const failures: string[] = [];
    for (const address of addressesOf(file, options)) {
      try {
        return await fetchInto(target, address, file, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push(`${address}: ${messageOf(error)}`);
      }
    }
    throw unobtainable(file, failures);
  },
};

/** The file under its final name is whole, or it is not there: what was damaged since is fetched anew. */
async function fromCache(target: string, file: RemoteFile): Promise<Uint8Array | undefined> {
  const bytes = await platform.readIfPresent(target);
  if (bytes === undefined) return undefined;
  try {
    await verify(target, bytes, file);
    return bytes;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return undefined;
  }
}

/**
 * Downloads into `<target>.part`, going on where an earlier attempt stopped, and renames it once it is whole. What
 * turns out wrong is deleted; where an old beginning was to blame, the download starts over.
 */
async function fetchInto(
  target: string,
  address: string,
  file: RemoteFile,
  options: DownloadOptions,
): Promise<Uint8Array> {
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  const resumed = await append(part, address, file, options);
  const bytes = await readFile(part);
  if (bytes.length < file.bytes)
    throw new DataError(`the connection ended after ${bytes.length} of ${file.bytes} bytes`);
  try {
    await verify('the download', bytes, file);
  } catch (error) {
    await rm(part);
    if (resumed) return fetchInto(target, address, file, options);
    throw error;
  }
  await rename(part, target);
  return bytes;
}

/** Adds what is missing; returns whether there was something already. */
async function append(
  part: string,
  address: string,
  file: RemoteFile,
  options: DownloadOptions,
): Promise<boolean> {
  const have = await sizeOf(part);
  if (have >= file.bytes) return true;
  const { response, start } = await request(address, have, options);
  const handle = await open(part, start > 0 ? 'a' : 'w');
  try {
    for await (const piece of pieces(response, start, file, options))
      await handle.appendFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return start > 0;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

/** The per-user cache of the system. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const base =
    process.platform === 'win32'
      ? (LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'))
      : process.platform === 'darwin'
        ? join(homedir(), 'Library', 'Caches')
        : XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'pushforward', 'datasets');
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
