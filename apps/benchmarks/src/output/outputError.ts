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
  ENOENT: 'its folder cannot be created',
  EFBIG: 'files may not become so large here',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** Where text goes that is not for a file of ours. */
export const standardOutput = 'standard output';

/** The system's refusal to write, as one sentence with its cause; any other error as it is. */
export function asOutputError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasons[code];
  if (reason === undefined) return error;
  const left =
    path === standardOutput ? 'Not all of it is there.' : 'Nothing was left half-written.';
  return new OutputError(`Cannot write ${path}: ${reason} (${code}). ${left}`, { cause: error });
}
