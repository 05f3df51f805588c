import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataError } from '@pushforward/tensors';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveFile } from '../../test/fileServer.js';
import { platform as browser } from '../platform/browser.js';
import { obtain } from './obtain.js';
import type { RemoteFile } from './remoteFile.js';

/** A disk that can fail. */
const disk = vi.hoisted(() => ({ state: 'well' }));
vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>();
  const fault = (text: string) => Promise.reject(new Error(text));
  return {
    ...real,
    mkdir: (...input: Parameters<typeof real.mkdir>) =>
      disk.state === 'read-only'
        ? fault(`EROFS: read-only file system, mkdir '${String(input[0])}'`)
        : real.mkdir(...input),
    open: async (...input: Parameters<typeof real.open>) => {
      const handle = await real.open(...input);
      if (disk.state === 'full')
        handle.appendFile = () => fault('ENOSPC: no space left on device, write');
      return handle;
    },
  };
});

const content = new Uint8Array(300_000).map((_, i) => (i * i) % 251);
const other = content.map((byte, i) => (i === 150_000 ? byte ^ 1 : byte));

let server: Awaited<ReturnType<typeof serveFile>>;
let file: RemoteFile;
let folder: string;

beforeAll(async () => {
  server = await serveFile(content);
  file = {
    path: 'set/data.bin',
    addresses: [`${server.address}/data.bin`],
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  vi.stubEnv('PUSHFORWARD_DATA', '');
  server.behave({});
  disk.state = 'well';
  folder = mkdtempSync(join(tmpdir(), 'pushforward-download-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const target = () => join(folder, file.path);
const part = () => `${target()}.part`;
const download = () => obtain(file, { cache: folder });
const put = (path: string, bytes: Uint8Array) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
};
/** The message, each time of a DataError. */
const failure = (attempt: Promise<unknown>) =>
  attempt.then(
    () => expect.unreachable('It was accepted.'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(DataError);
      return (error as DataError).message;
    },
  );
const isContent = (bytes: Uint8Array) => {
  expect(Buffer.compare(bytes, content)).toBe(0);
};

describe('a download', () => {
  test('gives the bytes, keeps them under the final name alone, and is made once', async () => {
    isContent(await download());
    isContent(readFileSync(target()));
    expect(readdirSync(dirname(target()))).toEqual(['data.bin']);
    isContent(await download());
    expect(server.ranges).toEqual([undefined]);
  });

  test('that breaks off is an error, and goes on where it stopped', async () => {
    server.behave({ breakAfter: 100_000 });
    expect(await failure(download())).toMatch(
      /set\/data\.bin could not be downloaded.*127\.0\.0\.1/s,
    );
    expect(existsSync(target())).toBe(false);
    const have = readFileSync(part()).length;
    expect(have).toBeGreaterThan(0);
    server.behave({});
    isContent(await download());
    expect(server.ranges).toEqual([`bytes=${have}-`]);
    expect(readdirSync(dirname(target()))).toEqual(['data.bin']);
  });

  test('goes on from a server without ranges as well: from the start', async () => {
    put(part(), content.subarray(0, 1000));
    server.behave({ noRanges: true });
    isContent(await download());
  });

  test('of a file that ends early is an error, with nothing under the final name', async () => {
    server.behave({ content: content.subarray(0, 200_000) });
    expect(await failure(download())).toMatch(/ended after 200000 of 300000 bytes/);
    expect(existsSync(target())).toBe(false);
  });

  test('of a file that is too long is an error', async () => {
    server.behave({ content: new Uint8Array(400_000) });
    expect(await failure(download())).toMatch(/more than the 300000 bytes/);
    expect(existsSync(target())).toBe(false);
  });

  test('of other bytes is an error that gives both checksums, and leaves nothing', async () => {
    server.behave({ content: other });
    const sha256 = createHash('sha256').update(other).digest('hex');
    expect(await failure(download())).toContain(`SHA-256 is ${sha256}, expected ${file.sha256}`);
    expect(readdirSync(dirname(target()))).toEqual([]);
  });

  test('starts over when its old beginning was wrong', async () => {
    put(part(), other.subarray(0, 200_000));
    isContent(await download());
    expect(server.ranges).toEqual(['bytes=200000-', undefined]);
  });

  test('finishes what was complete but not yet renamed', async () => {
    put(part(), content);
    isContent(await download());
    expect(server.ranges).toEqual([]);
  });

  test('replaces a kept file that has been damaged', async () => {
    put(target(), other);
    isContent(await download());
    isContent(readFileSync(target()));
  });

  test.each([404, 503])('that the server refuses with %i is an error', async (status) => {
    server.behave({ status });
    expect(await failure(download())).toContain(`the server answered ${status}`);
  });

  test('that answers another range than asked is an error', async () => {
    put(part(), content.subarray(0, 1000));
    server.behave({ wrongRange: true });
    expect(await failure(download())).toMatch(/asked for byte 1000 on and sent byte 1001 on/);
  });

  test('tries every address, and names each that failed', async () => {
    const dead = 'http://127.0.0.1:1/data.bin';
    const addresses = [dead, ...file.addresses];
    isContent(await obtain({ ...file, addresses }, { cache: folder }));
    const message = await failure(
      obtain({ ...file, addresses: [dead] }, { cache: join(folder, 'x') }),
    );
    expect(message).toMatch(/127\.0\.0\.1:1\/data\.bin: fetch failed \(.*\)/);
  });

  test('comes from a mirror when one is named', async () => {
    const far = { ...file, addresses: ['http://127.0.0.1:1/data.bin'] };
    isContent(await obtain(far, { cache: folder, mirror: server.address }));
  });

  test('tells how far it is', async () => {
    const seen: number[] = [];
    await obtain(file, {
      cache: folder,
      progress: (path, bytes, total) => {
        expect([path, total]).toEqual([file.path, 300_000]);
        seen.push(bytes);
      },
    });
    expect(seen.at(-1)).toBe(300_000);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test('can be ended', async () => {
    const stop = new AbortController();
    const started = obtain(file, {
      cache: folder,
      signal: stop.signal,
      progress: () => {
        stop.abort();
      },
    });
    await expect(started).rejects.toThrow(/aborted/);
    expect(existsSync(target())).toBe(false);
  });

  test.each([
    ['full', /ENOSPC.*another cache folder with \{ cache \}/s],
    ['read-only', /EROFS.*another cache folder with \{ cache \}/s],
  ] as const)('to a disk that is %s says so, and what to do', async (state, message) => {
    disk.state = state;
    expect(await failure(download())).toMatch(message);
    expect(existsSync(target())).toBe(false);
    disk.state = 'well';
    isContent(await download());
  });

  test('into a folder that is a file says so', async () => {
    put(join(folder, 'set'), new Uint8Array(1));
    expect(await failure(download())).toMatch(/ENOTDIR/);
  });
});

describe('a data folder', () => {
  test('is read instead, by option or by environment', async () => {
    put(target(), content);
    server.behave({ status: 500 });
    isContent(await obtain(file, { folder }));
    isContent(await obtain(file, { folder: `${folder}/` }));
    vi.stubEnv('PUSHFORWARD_DATA', folder);
    isContent(await obtain(file, {}));
    expect(server.ranges).toEqual([]);
  });

  test('that lacks the file is an error that says where it should be', async () => {
    const lacks = `${folder} holds no set/data.bin: put it there, `;
    expect(await failure(obtain(file, { folder }))).toContain(
      `${lacks}or name no folder ({ folder } and PUSHFORWARD_DATA) to download it.`,
    );
    expect(await failure(obtain({ ...file, addresses: [] }, { folder }))).toContain(
      `${lacks}or name another folder with { folder } or PUSHFORWARD_DATA; it cannot be downloaded.`,
    );
  });

  test('that holds a damaged or truncated file is an error', async () => {
    put(target(), other);
    expect(await failure(obtain(file, { folder }))).toMatch(/the SHA-256 is .*, expected/);
    put(target(), content.subarray(0, 10));
    expect(await failure(obtain(file, { folder }))).toMatch(/10 of 300000 bytes/);
  });

  test('may hold a copy of another form', async () => {
    const copy = { ...file, path: 'elsewhere/copy.bin' };
    put(join(folder, copy.path), content);
    isContent(await obtain(file, { folder }, [copy]));
  });

  test('is needed for what cannot be downloaded', async () => {
    expect(await failure(obtain({ ...file, addresses: [] }, {}))).toMatch(
      /cannot be downloaded: name the folder/,
    );
  });
});

describe('in a browser', () => {
  test('files are addresses, and downloads are checked as well', async () => {
    isContent(await browser.read(`${server.address}/data.bin`));
    isContent((await browser.readIfPresent(`${server.address}/data.bin`))!);
    isContent(await browser.download(file, {}));
    expect(browser.dataFolder()).toBeUndefined();
  });

  test('what is absent, broken off or not the file is an error', async () => {
    server.behave({ status: 404 });
    expect(await browser.readIfPresent(`${server.address}/data.bin`)).toBeUndefined();
    expect(await failure(browser.read(`${server.address}/data.bin`))).toMatch(/answered 404/);
    server.behave({ status: 500 });
    expect(await failure(browser.readIfPresent(`${server.address}/x`))).toMatch(/answered 500/);
    server.behave({ content: other });
    expect(await failure(browser.download(file, {}))).toMatch(/the SHA-256 is/);
    server.behave({ content: content.subarray(0, 100) });
    expect(await failure(browser.download(file, {}))).toMatch(/100 of 300000 bytes/);
    server.behave({ breakAfter: 1000 });
    expect(await failure(browser.download(file, {}))).toMatch(/could not be downloaded/);
  });
});
