/** Where saving is interrupted, by the machine or by the disk. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MissingError, SaveError } from '../errors.js';
import { modelFolder } from './testing/modelFolder.js';

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

const model = modelFolder();
afterEach(() => {
  disk.fault = () => {};
});

describe('when the machine stops', () => {
  it('at any operation, the model before or the model after is there, whole', async () => {
    const found: number[] = [];
    for (let last = 0; ; last++) {
      await rm(model.folder, { recursive: true, force: true });
      await model.write(1);
      disk.operation = 0;
      disk.fault = (operation) => {
        if (operation >= last) throw new Error('the machine has stopped');
      };
      const outcome = await model.write(2).catch((error: unknown) => error);
      disk.fault = () => {};
      const [value, config] = await model.saved();
      expect(config).toEqual({ value });
      if (!(outcome instanceof SaveError)) expect(value).toBe(2);
      found.push(value);
      // And it can be saved again, which tidies up.
      await model.write(3);
      expect(await model.saved()).toEqual([3, { value: 3 }]);
      expect((await readdir(model.folder)).sort()).toEqual(['config.json', 'weights.safetensors']);
      if (outcome === undefined) break;
    }
    // There is one moment of change, with operations before and after it.
    expect(found.join('')).toMatch(/^1{5,}2{5,}$/);
  });
});

describe('when the disk fails once', () => {
  it('at any operation, saving is an error and nothing half-written stays', async () => {
    for (let faulty = 0; ; faulty++) {
      await rm(model.folder, { recursive: true, force: true });
      await model.write(1);
      disk.operation = 0;
      disk.fault = (operation) => {
        if (operation === faulty)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
            code: 'ENOSPC',
          });
      };
      const outcome = await model.write(2).catch((error: unknown) => error);
      disk.fault = () => {};
      if (outcome === undefined && disk.operation <= faulty) break;
      expect(outcome).toBeInstanceOf(SaveError);
      expect((outcome as Error).message).toMatch(
        `save: ${model.url}: ENOSPC: no space left on device`,
      );
      const [value, config] = await model.saved();
      expect(config).toEqual({ value });
      const extra = (await readdir(model.folder)).filter((name) => name.endsWith('.tmp'));
      expect(extra, `after a fault at operation ${faulty}`).toEqual([]);
    }
  });

  it('a first save leaves nothing that looks like a model', async () => {
    disk.fault = (operation) => {
      if (operation === 4) throw new Error('ENOSPC: no space left on device, write');
    };
    disk.operation = 0;
    await expect(model.write(1)).rejects.toThrow(SaveError);
    disk.fault = () => {};
    expect(existsSync(model.folder)).toBe(false);
    await expect(model.saved()).rejects.toThrow(MissingError);
  });
});

it('cannot be saved to a read-only disk, which Node calls a folder that does not exist', async () => {
  disk.operation = 0;
  // A folder with those that it is in, those alone, and at last the folder alone.
  disk.fault = (operation) => {
    const code = ['ENOENT', undefined, 'EROFS'][operation];
    if (code) throw Object.assign(new Error(`${code}: mkdir`), { code });
  };
  await expect(model.write(1)).rejects.toThrow(`save: ${model.url}: EROFS: mkdir.`);
  await expect(model.saved()).rejects.toThrow(MissingError);
});
