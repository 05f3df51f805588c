import { DataError } from '@pushforward/tensors';
import { messageOf, pieces, request, unobtainable } from '../download/receive.js';
import { addressesOf, verify } from '../download/remoteFile.js';
import type { Platform } from './platform.js';

/** A browser: files are addresses, and its own HTTP cache keeps downloads. */
export const platform: Platform = {
  async read(source) {
    try {
      const { response } = await request(String(source), 0, {});
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw new DataError(`${String(source)} cannot be read: ${messageOf(error)}.`, {
        cause: error,
      });
    }
  },

  async readIfPresent(source) {
    const response = await fetch(source);
    if (response.status === 404) return undefined;
    if (!response.ok)
      throw new DataError(`${source} cannot be read: the server answered ${response.status}.`);
    return new Uint8Array(await response.arrayBuffer());
  },

  dataFolder: () => undefined,

  async download(file, options) {
    const failures: string[] = [];
    for (const address of addressesOf(file, options)) {
      try {
        const { response, start } = await request(address, 0, options);
        const bytes = new Uint8Array(file.bytes);
        let received = 0;
        for await (const piece of pieces(response, start, file, options)) {
          bytes.set(piece, received);
          received += piece.length;
        }
        await verify('the download', bytes.subarray(0, received), file);
        return bytes;
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push(`${address}: ${messageOf(error)}`);
      }
    }
    throw unobtainable(file, failures);
  },
};
