import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asOutputError, OutputError } from './outputError.js';
import { writing } from './staged.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushforward-staged-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('writing', () => {
  test('puts every file in place at the end, and not before', async () => {
    const target = join(folder, 'a', 'b');
    await writing(target, async (staged) => {
      await staged.write('one.txt', '1');
      expect(existsSync(join(target, 'one.txt'))).toBe(false);
      await staged.write('two.txt', '2');
    });
    expect(readdirSync(target).sort()).toEqual(['one.txt', 'two.txt']);
  });

  test('leaves the files of an earlier run, and whatever else is there, when the work fails', async () => {
    writeFileSync(join(folder, 'one.txt'), 'earlier');
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    await expect(
      writing(folder, async (staged) => {
        await staged.write('one.txt', 'half');
        throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    expect(readdirSync(folder).sort()).toEqual(['mine.txt', 'one.txt']);
    expect(readFileSync(join(folder, 'one.txt'), 'utf8')).toBe('earlier');
  });

  test('removes the folders it created when the work fails', async () => {
    await expect(
      writing(join(folder, 'a', 'b'), () => Promise.reject(new Error('stop'))),
    ).rejects.toThrow('stop');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('replaces the files of an earlier run', async () => {
    for (const content of ['first', 'second'])
      await writing(folder, (staged) => staged.write('one.txt', content));
    expect(readFileSync(join(folder, 'one.txt'), 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['one.txt']);
  });

  test('says at once that a place cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    let started = false;
    const attempt = writing(join(folder, 'file', 'reports'), () => {
      started = true;
      return Promise.resolve();
    });
    await expect(attempt).rejects.toThrow(/Cannot write .*file.reports: .*ENOTDIR/);
    expect(started).toBe(false);
  });

  test.runIf(existsSync('/dev/full'))('names a full disk as the cause', async () => {
    const error: unknown = await writing(folder, (staged) => {
      symlinkSync('/dev/full', join(staged.path, 'report.html'));
      return staged.write('report.html', 'x');
    }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(OutputError);
    expect((error as Error).message).toContain('the disk is full (ENOSPC)');
  });
});

test('an error that is not about writing is left as it is', () => {
  const error = new Error('other');
  expect(asOutputError('x', error)).toBe(error);
});
