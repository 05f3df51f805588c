/** Commands on a disk that is full, read-only or damaged. */
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { commandLine } from '../testing/commandLine.js';

/** What the disk says to whoever makes a folder or writes a file; nothing while it is well. */
const disk = vi.hoisted(() => ({ folders: '', files: '' }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const refuse = (code: string) => Object.assign(new Error(`${code}: the disk`), { code });
  return {
    ...real,
    access(path: string, mode?: number) {
      if (disk.folders) throw refuse(disk.folders);
      return real.access(path, mode);
    },
    async writeFile(path: string, content: string | Uint8Array) {
      await real.writeFile(path, disk.files ? content.slice(0, content.length / 2) : content);
      if (disk.files) throw refuse(disk.files);
    },
    async open(path: string, flags: string) {
      const file = await real.open(path, flags);
      if (disk.files)
        file.writeFile = async (content) => {
          await file.write(content.slice(0, 10) as string);
          throw refuse(disk.files);
        };
      return file;
    },
  };
});

const folder = mkdtempSync(join(tmpdir(), 'pushforward-disk-'));
const path = (name: string) => join(folder, name);
const fit = (out: string, ...more: string[]) =>
  commandLine('fit', path('data.csv'), '--flow', 'maf', '--out', path(out), ...more);

beforeAll(async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${Math.sin(i)},${Math.cos(3 * i)}`);
  writeFileSync(path('data.csv'), `a,b\n${rows.join('\n')}\n`);
  expect((await fit('model', '--epochs', '1')).code).toBe(0);
});
afterEach(() => {
  Object.assign(disk, { folders: '', files: '' });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a full disk', () => {
  test('ends a fit with what is wrong, and with nothing left of it', async () => {
    const before = readdirSync(folder);
    disk.files = 'ENOSPC';
    const { code, err } = await fit('fitted', '--epochs', '1');
    expect([code, err]).toEqual([2, expect.stringContaining('ENOSPC')]);
    expect(err).toContain(path('fitted'));
    expect(readdirSync(folder)).toEqual(before);
  });

  test('ends a report likewise, and an earlier one stays', async () => {
    const words = ['report', path('model'), path('data.csv'), '--out', path('page')];
    expect((await commandLine(...words)).code).toBe(0);
    disk.files = 'ENOSPC';
    const { code, err } = await commandLine(...words);
    expect([code, err]).toEqual([2, expect.stringContaining('the disk is full (ENOSPC)')]);
    expect(readdirSync(path('page')).sort()).toEqual(['metrics.json', 'report.html']);
  });
});

test('a read-only disk is found out before the work', async () => {
  disk.folders = 'EROFS';
  const { code, err } = await fit('fitted', '--epochs', '1');
  expect([code, err]).toEqual([2, expect.stringContaining('the disk is read-only (EROFS)')]);
  expect(err).not.toMatch(/epoch/);
  expect(readdirSync(folder)).not.toContain('fitted');
});

test.each(['config.json', 'weights.safetensors'])(
  'a checkpoint with a damaged %s is refused, and the way out is named',
  async (file) => {
    const out = `interrupted ${file}`;
    const timer = setInterval(() => process.emit('SIGINT'), 200);
    const { code } = await fit(out, '--epochs', '2000');
    clearInterval(timer);
    expect(code).toBe(130);
    truncateSync(join(path(out), 'checkpoint', file), 50);
    const again = await fit(out, '--epochs', '2000', '--resume');
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/checkpoint cannot be read; .* without --resume begins anew/);
    expect(readdirSync(path(out))).toEqual(['checkpoint']);
  },
);
