import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, test } from 'vitest';
import { EngineError } from '../errors.js';
import { importPackage, missingIn } from './package.js';

describe('a package', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'package-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Writes a module; gives the name by which it is imported. */
  const named = (file: string, text: string): string => {
    writeFileSync(path.join(folder, file), text);
    return pathToFileURL(path.join(folder, file)).href;
  };

  it('is imported', async () => {
    const name = named('whole.mjs', 'export const answer = 42;');
    expect(await importPackage(name)).toMatchObject({ answer: 42 });
  });

  it('is undefined where it is not installed', async () => {
    expect(await importPackage('a-package-that-nobody-wrote')).toBeUndefined();
    expect(await importPackage('@nobody/wrote-it')).toBeUndefined();
  });

  it.each([
    ['throws', "throw new Error('libtensorflow.so.2: cannot open');", 'libtensorflow.so.2'],
    ['throws no error', "throw 'out of luck';", 'out of luck'],
    ['lacks an add-on', "await import('./binding.node');", 'binding.node'],
    ['lacks what it needs', "await import('a-package-that-nobody-wrote');", 'nobody-wrote'],
  ])('is an error with the cause where it %s', async (file, text, reason) => {
    const name = named(`${file}.mjs`, text);
    const failure = await importPackage(name).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EngineError);
    const { message, cause } = failure as Error;
    expect(message).toContain(`${name} is installed but does not load: `);
    expect(message).toContain(reason);
    expect(cause).toBeDefined();
  });
});

test.each([
  ["Cannot find package 'ort' imported from /app/main.js", 'ort'],
  ["Cannot find package '@a/b' imported from C:\\app\\main.js", '@a/b'],
  ["Cannot find module 'ort'\nRequire stack:\n- /app/main.js", 'ort'],
  ["Cannot find module '../bin/ort.node'\nRequire stack:\n- /ort/index.js", '../bin/ort.node'],
  ['Failed to load url ort (resolved id: ort). Does the file exist?', 'ort'],
  ['Failed to resolve import "ort" from "src/main.js". Does the file exist?', 'ort'],
  ["Failed to resolve module specifier 'ort'", 'ort'],
  ['The specifier “ort” was a bare specifier, but was not remapped to anything.', 'ort'],
  ["Module name, 'ort' does not resolve to a valid URL.", 'ort'],
  ['libort.so.1: cannot open shared object file: No such file or directory', undefined],
])('what %j misses', (message, missing) => {
  expect(missingIn(message)).toBe(missing);
});
