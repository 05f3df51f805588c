import { PushforwardError } from '@pushforward/tensors';

/** A result that cannot be written. */
export class OutputError extends PushforwardError {
  override name = 'OutputError';
}

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'a folder of that name is in the way',
  // What Node reports for a folder on a read-only disk.
  ENOENT: 'its folder cannot be created',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** The system's refusal to write, as one sentence with its cause; any other error as it is. */
export function asOutputError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasons[code];
  if (reason === undefined) return error;
  return new OutputError(
    `Cannot write ${path}: ${reason} (${code}). Nothing was left half-written.`,
    { cause: error },
  );
}
