import {
  access,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { asOutputError } from './outputError.js';

/**
 * Files that appear in a folder together and complete, or not at all.
 *
 * They are written into a hidden folder inside the target, which is on the same disk, and renamed into place by
 * {@link Staged.commit}. The target's other files are not touched.
 */
export class Staged {
  private constructor(
    /** The folder that the files are for. */
    readonly target: string,
    /** Where they wait until they are complete. */
    readonly path: string,
    /** The outermost folder that had to be created for the target, if any. */
    private readonly created: string | undefined,
  ) {}

  /**
   * Creates the target where it is missing, and so finds out before any work whether it can be written.
   *
   * @throws OutputError when it cannot
   */
  static async open(target: string): Promise<Staged> {
    try {
      await checkWritable(resolve(target));
      const created = await mkdir(target, { recursive: true });
      return new Staged(target, await mkdtemp(join(target, '.unfinished-')), created);
    } catch (error) {
      throw asOutputError(target, error);
    }
  }

  /** @throws OutputError on a full or read-only disk */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.path, name);
    try {
      await writeFile(path, content);
    } catch (error) {
      throw asOutputError(join(this.target, name), error);
    }
  }

  /** Puts every file under its final name, replacing those of an earlier run; returns their paths. */
  async commit(): Promise<string[]> {
    const names = await readdir(this.path);
    try {
      for (const name of names) {
        await rm(join(this.target, name), { recursive: true, force: true });
        await rename(join(this.path, name), join(this.target, name));
      }
    } catch (error) {
      throw asOutputError(this.target, error);
    } finally {
      await this.discard();
    }
    return names.map((name) => relative('.', join(this.target, name)));
  }

  /** Removes what is unfinished, and the folders created for it that are empty. Calling it twice is harmless. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    if (this.created === undefined) return;
    for (let folder = resolve(this.target); folder.length >= this.created.length; ) {
      // A folder that holds anything stays, and so do those above it.
      await rmdir(folder).catch(() => undefined);
      folder = dirname(folder);
    }
  }
}

/** Of a folder on a read-only disk that cannot be created, Node would say that it does not exist. */
async function checkWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing || dirname(folder) === folder) throw error;
    await checkWritable(dirname(folder));
  }
}

/**
 * Runs `work` with a staged folder: commits when it succeeds, discards when it throws.
 *
 * @returns what `work` returns, and the paths of the files written
 */
export async function writing<T>(
  target: string,
  work: (staged: Staged) => Promise<T>,
): Promise<{ result: T; files: string[] }> {
  const staged = await Staged.open(target);
  try {
    const result = await work(staged);
    return { result, files: await staged.commit() };
  } finally {
    await staged.discard();
  }
}
