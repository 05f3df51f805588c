import { DataError } from '@pushforward/tensors';
import { platform } from '#platform';
import { addressesOf, type DownloadOptions, type RemoteFile, verify } from './remoteFile.js';

/**
 * The bytes of a public file: from the data folder where one is named, else from the cache, else downloaded.
 *
 * @param copies the same data in other files, which a data folder may hold instead
 * @throws DataError when the file is absent, truncated or not the one with this checksum
 */
export async function obtain(
  file: RemoteFile,
  options: DownloadOptions,
  copies: readonly RemoteFile[] = [],
): Promise<Uint8Array> {
  const folder = options.folder ?? platform.dataFolder();
  const canDownload = addressesOf(file, options).length > 0;
  if (folder !== undefined) return fromFolder(folder, [file, ...copies], canDownload);
  if (!canDownload)
    throw new DataError(
      `${file.path} cannot be downloaded: name the folder that holds it with { folder } or PUSHFORWARD_DATA.`,
    );
  return platform.download(file, options);
}

async function fromFolder(
  folder: string,
  files: readonly RemoteFile[],
  canDownload: boolean,
): Promise<Uint8Array> {
  for (const file of files) {
    const path = `${folder.replace(/[\\/]$/, '')}/${file.path}`;
    const bytes = await platform.readIfPresent(path);
    if (bytes === undefined) continue;
    await verify(path, bytes, file);
    return bytes;
  }
  throw new DataError(
    `${folder} holds no ${files.map(({ path }) => path).join(' or ')}: put it there, ` +
      (canDownload
        ? 'or name no folder ({ folder } and PUSHFORWARD_DATA) to download it.'
        : 'or name another folder with { folder } or PUSHFORWARD_DATA; it cannot be downloaded.'),
  );
}
