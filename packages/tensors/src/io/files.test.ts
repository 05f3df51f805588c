import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { LoadError, MissingError, SaveError } from '../errors.js';
import { decodeSafetensors } from './safetensors.js';
import { modelFolder } from './testing/modelFolder.js';

const model = modelFolder();

describe('a folder', () => {
  it('holds a config and weights that others can read, and loads', async () => {
    await model.write(2);
    expect((await readdir(model.folder)).sort()).toEqual(['config.json', 'weights.safetensors']);
    const config = JSON.parse(await readFile(join(model.folder, 'config.json'), 'utf8')) as object;
    expect(config).toMatchObject({
      format: 'pushforward/1',
      modelTopology: { config: { value: 2 } },
      weightsManifest: [{ paths: ['weights.safetensors'], weights: [] }],
    });
    const weights = decodeSafetensors(await readFile(join(model.folder, 'weights.safetensors')));
    expect(weights.get('weight')).toMatchObject({ dtype: 'float32', shape: [100] });
    expect(await model.saved()).toEqual([2, { value: 2 }]);
  });

  it('may be given from where the process runs', async () => {
    model.url = `file://${relative(process.cwd(), model.folder)}`;
    await model.write(3);
    expect(existsSync(join(model.folder, 'config.json'))).toBe(true);
    expect(await model.saved()).toEqual([3, { value: 3 }]);
  });

  it('takes a new model in place of the old, and leaves other files alone', async () => {
    await model.write(1);
    await writeFile(join(model.folder, 'notes.tmp'), 'mine');
    await model.write(2);
    expect(await model.saved()).toEqual([2, { value: 2 }]);
    expect((await readdir(model.folder)).sort()).toEqual([
      'config.json',
      'notes.tmp',
      'weights.safetensors',
    ]);
  });

  it('takes the same model again', async () => {
    await model.write(1);
    await model.write(1);
    expect(await model.saved()).toEqual([1, { value: 1 }]);
  });

  it('takes a new model in place of a damaged one', async () => {
    await model.write(1);
    await writeFile(join(model.folder, 'config.json'), '{');
    await writeFile(join(model.folder, 'weights.00000000.safetensors'), 'left by a crash');
    await model.write(2);
    expect(await model.saved()).toEqual([2, { value: 2 }]);
    expect(await readdir(model.folder)).toHaveLength(2);
  });
});

it('is missing where nothing was saved', async () => {
  await expect(model.saved()).rejects.toThrow(`load: ${model.url}: config.json is missing.`);
  await expect(model.saved()).rejects.toThrow(MissingError);
});

it('cannot be saved under a file, or to a read-only folder', async () => {
  await mkdir(join(model.folder, '..'), { recursive: true });
  await writeFile(model.folder, 'a file');
  await expect(model.write(1)).rejects.toThrow(SaveError);
  await rm(model.folder);
  if (process.getuid?.() === 0) return; // root writes anywhere
  await mkdir(model.folder);
  await chmod(model.folder, 0o555);
  await expect(model.write(1)).rejects.toThrow('EACCES');
  expect(await readdir(model.folder)).toEqual([]);
});

describe('a damaged folder', () => {
  beforeEach(() => model.write(1));

  const config = (change: (document: Record<string, unknown>) => void) => async () => {
    const path = join(model.folder, 'config.json');
    const document = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    change(document);
    await writeFile(path, JSON.stringify(document));
  };
  const weights = (change: (bytes: Buffer) => Buffer) => async () => {
    const path = join(model.folder, 'weights.safetensors');
    await writeFile(path, change(await readFile(path)));
  };
  const topology = (document: Record<string, unknown>) =>
    document.modelTopology as Record<string, unknown>;

  it.each<[string, () => Promise<unknown>, string]>([
    ['no config', () => rm(join(model.folder, 'config.json')), 'config.json is missing'],
    [
      'no weights',
      () => rm(join(model.folder, 'weights.safetensors')),
      'weights.safetensors is missing',
    ],
    [
      'a truncated config',
      () => writeFile(join(model.folder, 'config.json'), '{"format": "pu'),
      'not JSON',
    ],
    [
      'a config that is null',
      () => writeFile(join(model.folder, 'config.json'), 'null'),
      'its format is',
    ],
    [
      'another format',
      config((it) => {
        it.format = 'layers-model';
      }),
      'its format is layers-model',
    ],
    [
      'a newer format',
      config((it) => {
        it.format = 'pushforward/2';
      }),
      'known is pushforward/1',
    ],
    [
      'no topology',
      config((it) => {
        delete it.modelTopology;
      }),
      'missing',
    ],
    [
      'a checksum that is a path',
      config((it) => {
        topology(it).checksum = '/../../x';
      }),
      'missing',
    ],
    [
      'the weights of another model',
      config((it) => {
        topology(it).checksum = '0badc0de';
      }),
      'checksum',
    ],
    ['truncated weights', weights((bytes) => bytes.subarray(0, -1)), 'checksum'],
    ['empty weights', weights(() => Buffer.alloc(0)), 'checksum'],
    [
      'a flipped bit',
      weights((bytes) => {
        bytes[bytes.length - 9]! ^= 4;
        return bytes;
      }),
      'checksum',
    ],
  ])('with %s is an error', async (_what, damage, message) => {
    await damage();
    const before = tf.memory().numTensors;
    const failure = await model.saved().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LoadError);
    expect(failure).not.toBeInstanceOf(MissingError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).toMatch(model.url);
    expect(tf.memory().numTensors).toBe(before);
  });
});
