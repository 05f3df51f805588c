import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { LoadError, MissingError } from '../errors.js';
import { parseTopology } from './format.js';

const configFile = 'config.json';
const weightsFile = 'weights.safetensors';

/**
 * Saves to, and loads from, the folder `path` with its `config.json` and `weights.safetensors`.
 *
 * Whenever the machine stops, the folder holds the whole model before or the whole model after: new weights are written
 * under a name with their checksum; renaming the new `config.json`, which holds that checksum, into place is the
 * moment of change; only then do the weights get their usual name.
 */
export function fileHandler(path: string): tf.io.IOHandler {
  const folder = resolve(path);
  return {
    async save({ weightData, weightSpecs, ...config }) {
      const pending = pendingFile(parseTopology(config).checksum);
      const weightsManifest = [{ paths: [weightsFile], weights: weightSpecs }];
      const created = await makeFolder(folder);
      try {
        await settle(folder);
        await writeWhole(folder, pending, new Uint8Array(weightData as ArrayBuffer));
        await syncFolder(folder);
        const text = JSON.stringify({ ...config, weightsManifest }, undefined, 2);
        await writeWhole(folder, configFile, `${text}\n`);
      } catch (error) {
        // This error is the one to report, whether or not tidying up fails as well.
        await settle(folder).catch(() => undefined);
        if (created !== undefined) await removeEmpty(folder, created);
        throw error;
      }
      await settle(folder);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    },

    async load() {
      const config = await readConfig(folder);
      const pending = await readIfPresent(folder, pendingFile(parseTopology(config).checksum));
      const weights = pending ?? (await readIfPresent(folder, weightsFile));
      if (weights === undefined) throw new LoadError(`${weightsFile} is missing`);
      return { ...config, weightSpecs: [], weightData: new Uint8Array(weights).buffer };
    },
  };
}

/**
 * Makes a folder, and those that it is in.
 *
 * @returns the outermost that was not there
 */
async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true });
  } catch (error) {
    // Of a folder on a read-only disk Node says, when asked for those that it is in as well, that it does not exist.
    const parent = dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder) throw error;
    const outermost = await makeFolder(parent);
    await mkdir(folder);
    return outermost ?? folder;
  }
}

/** Removes a folder and those that it is in, up to `outermost`, as far as they are empty. */
async function removeEmpty(folder: string, outermost: string): Promise<void> {
  for (let path = folder; path.length >= outermost.length; path = dirname(path))
    await rmdir(path).catch(() => undefined);
}

/** Gives weights that are waiting for it their name, if the config speaks of them; removes what nothing speaks of. */
async function settle(folder: string): Promise<void> {
  const names = await readdir(folder);
  const leftovers = new Set(names.filter((name) => leftover.test(name)));
  if (leftovers.size === 0) return;
  const pending = await expectedFile(folder);
  if (pending !== undefined && leftovers.delete(pending))
    await rename(join(folder, pending), join(folder, weightsFile));
  for (const name of leftovers) await rm(join(folder, name));
  await syncFolder(folder);
}

const leftover =
  /^(config\.json\.[0-9a-f-]+\.tmp|weights\.[0-9a-f]{8}\.safetensors(\.[0-9a-f-]+\.tmp)?)$/;

/** The name under which the weights that the config speaks of wait; undefined where there is no readable config. */
async function expectedFile(folder: string): Promise<string | undefined> {
  try {
    return pendingFile(parseTopology(await readConfig(folder)).checksum);
  } catch (error) {
    if (error instanceof LoadError) return undefined;
    throw error;
  }
}

function pendingFile(checksum: string): string {
  return `weights.${checksum}.safetensors`;
}

/** Writes a file that has its name only when all of it is on the disk. */
async function writeWhole(folder: string, name: string, content: Uint8Array | string) {
  const temporary = join(folder, `${name}.${randomUUID()}.tmp`);
  const file = await open(temporary, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
}

/** Makes renames durable. Windows does so by itself, and cannot open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function readConfig(folder: string): Promise<tf.io.ModelArtifacts> {
  const bytes = await readIfPresent(folder, configFile);
  if (bytes === undefined) {
    // Weights without their config are damage; without both, nothing was ever saved.
    const isDamaged = (await readIfPresent(folder, weightsFile)) !== undefined;
    throw new (isDamaged ? LoadError : MissingError)(`${configFile} is missing`);
  }
  try {
    return Object(JSON.parse(bytes.toString('utf8'))) as tf.io.ModelArtifacts;
  } catch (cause) {
    throw new LoadError(`${configFile} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

async function readIfPresent(folder: string, name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
