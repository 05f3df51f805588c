import type { DownloadOptions, RemoteFile } from '../download/remoteFile.js';

/** What differs between Node and a browser. */
export interface Platform {
  /**
   * The bytes of a file or of an address.
   *
   * @throws DataError when they cannot be had
   */
  read(source: string | URL): Promise<Uint8Array>;

  /** The bytes of a file, or undefined where there is none. */
  readIfPresent(source: string): Promise<Uint8Array | undefined>;

  /** The folder that the environment names for data, if it does. */
  dataFolder(): string | undefined;

  /**
   * The bytes of a public file, checked against its checksum; kept for the next time where the platform can.
   *
   * @throws DataError that lists every address and what went wrong there
   */
  download(file: RemoteFile, options: DownloadOptions): Promise<Uint8Array>;
}
