import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataError } from '@pushforward/tensors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csv } from './csv.js';

const folder = mkdtempSync(join(tmpdir(), 'pushforward-csv-'));
const text = 'größe,b\n1,2\n3,4\n';
const path = join(folder, 'table.csv');
const server = createServer((request, response) => {
  response.statusCode = request.url === '/table.csv' ? 200 : 404;
  response.end(text);
});
let address: string;

beforeAll(async () => {
  writeFileSync(path, text);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('a table comes from', () => {
  test.each([
    ['a path', () => path],
    ['the URL of a file', () => pathToFileURL(path)],
    ['an address', () => `${address}/table.csv`],
    ['a URL', () => new URL(`${address}/table.csv`)],
    ['a file that was chosen', () => new File([text], 'table.csv')],
  ])('%s', async (_, source) => {
    const table = await csv(source());
    expect(table.name).toBe('table.csv');
    expect(table.columns).toEqual(['größe', 'b']);
    expect([...table.x]).toEqual([1, 2, 3, 4]);
  });

  test('a blob, with options', async () => {
    const table = await csv(new Blob([text]), { omit: ['b'], name: 'mine' });
    expect([table.name, table.columns]).toEqual(['mine', ['größe']]);
  });
});

describe('texts in', () => {
  const bytes = {
    'UTF-8 with a mark': Buffer.from(`\ufeff${text}`),
    'UTF-16, little end first': Buffer.from(`\ufeff${text}`, 'utf16le'),
    'UTF-16, big end first': Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  };
  test.each(Object.entries(bytes))('%s', async (_, content) => {
    const table = await csv(new Blob([new Uint8Array(content)]));
    expect(table.columns).toEqual(['größe', 'b']);
  });

  test('Latin-1 are refused', async () => {
    const content = new Uint8Array(Buffer.from(text, 'latin1'));
    await expect(csv(new File([content], 'old.csv'))).rejects.toThrow(
      /old\.csv: this is not a text in UTF-8/,
    );
  });
});

describe('what is not there is an error', () => {
  test.each([
    ['a path', () => join(folder, 'none.csv'), /none\.csv cannot be read: ENOENT/],
    ['a folder', () => folder, /cannot be read: EISDIR/],
    ['an address', () => `${address}/none.csv`, /cannot be read: the server answered 404/],
    ['a server', () => 'http://127.0.0.1:1/table.csv', /cannot be read: fetch failed \(.*\)/],
  ])('%s', async (_, source, message) => {
    await expect(csv(source())).rejects.toThrow(DataError);
    await expect(csv(source())).rejects.toThrow(message);
  });

  test('and a table that is wrong is named', async () => {
    writeFileSync(join(folder, 'wrong.csv'), 'a\n1\nx\n');
    await expect(csv(join(folder, 'wrong.csv'))).rejects.toThrow(
      /^wrong\.csv: line 3, column 'a': 'x'/,
    );
  });
});
