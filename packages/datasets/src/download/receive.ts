import { DataError } from '@pushforward/tensors';
import type { DownloadOptions, RemoteFile } from './remoteFile.js';

/** The answer to a request for a file from byte `from` on, and whether it does start there or at byte 0. */
export async function request(
  address: string,
  from: number,
  { signal }: DownloadOptions,
): Promise<{ response: Response; start: number }> {
  const response = await fetch(address, {
    ...(from > 0 && { headers: { Range: `bytes=${from}-` } }),
    ...(signal && { signal }),
  });
  if (!response.ok)
    throw new DataError(`the server answered ${response.status} ${response.statusText}`.trim());
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  const start = response.status === 206 && range ? Number(range[1]) : 0;
  if (start !== 0 && start !== from)
    throw new DataError(`the server was asked for byte ${from} on and sent byte ${start} on`);
  return { response, start };
}

/** The pieces of an answer as they come, up to the length of the file. */
export async function* pieces(
  response: Response,
  start: number,
  file: RemoteFile,
  { progress }: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  let received = start;
  const reader = response.body!.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      received += piece.value.length;
      if (received > file.bytes)
        throw new DataError(`more than the ${file.bytes} bytes of the file arrived`);
      progress?.(file.path, received, file.bytes);
      yield piece.value;
    }
  } finally {
    await reader.cancel();
  }
}

/** What every address said, when none gave the file. */
export function unobtainable(file: RemoteFile, failures: readonly string[]): DataError {
  return new DataError(
    `${file.path} could not be downloaded.\n${failures.map((failure) => `  ${failure}`).join('\n')}\n` +
      'Try again (a download goes on where it stopped), choose another address with { mirror } or another ' +
      'cache folder with { cache }, or name the folder that holds the file with { folder } or PUSHFORWARD_DATA.',
  );
}

/** What an error says; of a failed `fetch` also why it failed. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
