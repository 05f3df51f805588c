import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LoadError, MissingError, SaveError } from '../errors.js';
import { Module, parameter } from '../module/module.js';
import { decodeSafetensors } from './safetensors.js';
import { load, save } from './save.js';

/** What goes wrong with the disk: throws when the operation of that number begins. */
const disk = vi.hoisted(() => ({ operation: 0, fault: (_operation: number) => {} }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const watched =
    <Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      disk.fault(disk.operation++);
      return act(...args);
    };
  return {
    ...real,
    mkdir: watched(real.mkdir as (path: string) => Promise<unknown>),
    readdir: watched(real.readdir as (path: string) => Promise<string[]>),
    rename: watched(real.rename),
    rm: watched(real.rm),
    async open(path: string, flags: string) {
      disk.fault(disk.operation++);
      const file = await real.open(path, flags);
      return {
        close: () => file.close(),
        sync: watched(() => file.sync()),
        async writeFile(content: Uint8Array | string) {
          // Half of it is on the disk when writing fails.
          const bytes = Buffer.from(content as Uint8Array);
          await file.write(bytes.subarray(0, bytes.length / 2));
          disk.fault(disk.operation++);
          await file.write(bytes.subarray(bytes.length / 2));
        },
      };
    },
  };
});

class Weights extends Module {
  readonly weight;

  constructor(value: number) {
    super();
    this.weight = parameter(tf.fill([100], value));
  }

  get value(): number {
    return this.weight.dataSync()[0]!;
  }
}

let folder: string;
let url: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'pushforward-')), 'models', 'line');
  url = `file://${folder}`;
});
afterEach(async () => {
  disk.fault = () => {};
  await rm(join(folder, '..', '..'), { recursive: true, force: true });
});

/** The value and the config of the saved model. */
async function saved(): Promise<[value: number, config: unknown]> {
  let found: unknown;
  const module = await load(url, (config) => {
    found = config;
    return new Weights(0);
  });
  const { value } = module;
  module.dispose();
  return [value, found];
}

async function write(value: number): Promise<void> {
  const module = new Weights(value);
  try {
    await save(url, module, { value });
  } finally {
    module.dispose();
  }
}

describe('a folder', () => {
  it('holds a config and weights that others can read, and loads', async () => {
    await write(2);
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'weights.safetensors']);
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
    expect(config).toMatchObject({
      format: 'pushforward/1',
      modelTopology: { config: { value: 2 } },
      weightsManifest: [{ paths: ['weights.safetensors'], weights: [] }],
    });
    const weights = decodeSafetensors(await readFile(join(folder, 'weights.safetensors')));
    expect(weights.get('weight')).toMatchObject({ dtype: 'float32', shape: [100] });
    expect(await saved()).toEqual([2, { value: 2 }]);
  });

  it('may be given from where the process runs', async () => {
    url = `file://${relative(process.cwd(), folder)}`;
    await write(3);
    expect(existsSync(join(folder, 'config.json'))).toBe(true);
    expect(await saved()).toEqual([3, { value: 3 }]);
  });

  it('takes a new model in place of the old, and leaves other files alone', async () => {
    await write(1);
    await writeFile(join(folder, 'notes.tmp'), 'mine');
    await write(2);
    expect(await saved()).toEqual([2, { value: 2 }]);
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'notes.tmp',
      'weights.safetensors',
    ]);
  });

  it('takes the same model again', async () => {
    await write(1);
    await write(1);
    expect(await saved()).toEqual([1, { value: 1 }]);
  });

  it('takes a new model in place of a damaged one', async () => {
    await write(1);
    await writeFile(join(folder, 'config.json'), '{');
    await writeFile(join(folder, 'weights.00000000.safetensors'), 'left by a crash');
    await write(2);
    expect(await saved()).toEqual([2, { value: 2 }]);
    expect(await readdir(folder)).toHaveLength(2);
  });
});

describe('when the machine stops', () => {
  it('at any operation, the model before or the model after is there, whole', async () => {
    const found: number[] = [];
    for (let last = 0; ; last++) {
      await rm(folder, { recursive: true, force: true });
      await write(1);
      disk.operation = 0;
      disk.fault = (operation) => {
        if (operation >= last) throw new Error('the machine has stopped');
      };
      const outcome = await write(2).catch((error: unknown) => error);
      disk.fault = () => {};
      const [value, config] = await saved();
      expect(config).toEqual({ value });
      if (!(outcome instanceof SaveError)) expect(value).toBe(2);
      found.push(value);
      // And it can be saved again, which tidies up.
      await write(3);
      expect(await saved()).toEqual([3, { value: 3 }]);
      expect((await readdir(folder)).sort()).toEqual(['config.json', 'weights.safetensors']);
      if (outcome === undefined) break;
    }
    // There is one moment of change, with operations before and after it.
    expect(found.join('')).toMatch(/^1{5,}2{5,}$/);
  });
});

describe('when the disk fails once', () => {
  it('at any operation, saving is an error and nothing half-written stays', async () => {
    for (let faulty = 0; ; faulty++) {
      await rm(folder, { recursive: true, force: true });
      await write(1);
      disk.operation = 0;
      disk.fault = (operation) => {
        if (operation === faulty)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
            code: 'ENOSPC',
          });
      };
      const outcome = await write(2).catch((error: unknown) => error);
      disk.fault = () => {};
      if (outcome === undefined && disk.operation <= faulty) break;
      expect(outcome).toBeInstanceOf(SaveError);
      expect((outcome as Error).message).toMatch(`save: ${url}: ENOSPC: no space left on device`);
      const [value, config] = await saved();
      expect(config).toEqual({ value });
      const extra = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
      expect(extra, `after a fault at operation ${faulty}`).toEqual([]);
    }
  });

  it('a first save leaves nothing that looks like a model', async () => {
    disk.fault = (operation) => {
      if (operation === 4) throw new Error('ENOSPC: no space left on device, write');
    };
    disk.operation = 0;
    await expect(write(1)).rejects.toThrow(SaveError);
    disk.fault = () => {};
    expect(existsSync(folder)).toBe(false);
    await expect(saved()).rejects.toThrow(MissingError);
  });
});

it('cannot be saved to a read-only disk, which Node calls a folder that does not exist', async () => {
  disk.operation = 0;
  // A folder with those that it is in, those alone, and at last the folder alone.
  disk.fault = (operation) => {
    const code = ['ENOENT', undefined, 'EROFS'][operation];
    if (code) throw Object.assign(new Error(`${code}: mkdir`), { code });
  };
  await expect(write(1)).rejects.toThrow(`save: ${url}: EROFS: mkdir.`);
  await expect(saved()).rejects.toThrow(MissingError);
});

it('is missing where nothing was saved', async () => {
  await expect(saved()).rejects.toThrow(`load: ${url}: config.json is missing.`);
  await expect(saved()).rejects.toThrow(MissingError);
});

it('cannot be saved under a file, or to a read-only folder', async () => {
  await mkdir(join(folder, '..'), { recursive: true });
  await writeFile(folder, 'a file');
  await expect(write(1)).rejects.toThrow(SaveError);
  await rm(folder);
  if (process.getuid?.() === 0) return; // root writes anywhere
  await mkdir(folder);
  await chmod(folder, 0o555);
  await expect(write(1)).rejects.toThrow('EACCES');
  expect(await readdir(folder)).toEqual([]);
});

describe('a damaged folder', () => {
  beforeEach(() => write(1));

  const config = (change: (document: Record<string, unknown>) => void) => async () => {
    const path = join(folder, 'config.json');
    const document = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    change(document);
    await writeFile(path, JSON.stringify(document));
  };
  const weights = (change: (bytes: Buffer) => Buffer) => async () => {
    const path = join(folder, 'weights.safetensors');
    await writeFile(path, change(await readFile(path)));
  };
  const topology = (document: Record<string, unknown>) =>
    document.modelTopology as Record<string, unknown>;

  it.each<[string, () => Promise<unknown>, string]>([
    ['no config', () => rm(join(folder, 'config.json')), 'config.json is missing'],
    ['no weights', () => rm(join(folder, 'weights.safetensors')), 'weights.safetensors is missing'],
    [
      'a truncated config',
      () => writeFile(join(folder, 'config.json'), '{"format": "pu'),
      'not JSON',
    ],
    [
      'a config that is null',
      () => writeFile(join(folder, 'config.json'), 'null'),
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
    const failure = await saved().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LoadError);
    expect(failure).not.toBeInstanceOf(MissingError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).toMatch(url);
    expect(tf.memory().numTensors).toBe(before);
  });
});
