/** What the command line, as it is built, does where standard output is a file that cannot hold it all. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandLine } from '../testing/commandLine.js';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pushforward-print-'));
const [model, data, out] = ['model', 'data.csv', 'out.csv'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

/** Runs `sh`, which knows how to limit the size of files. */
function shell(line: string): Promise<{ code: number; err: string }> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], (error, _out, err) => {
      resolve({ code: Number(error?.code ?? 0), err });
    });
  });
}

const isPosix = process.platform !== 'win32';
if (!isPosix) console.warn('Skipped: the size of files cannot be limited without a POSIX shell.');

beforeAll(async () => {
  if (!existsSync(cli)) throw new Error('The command line is not built: run `pnpm build` first.');
  const rows = Array.from({ length: 40 }, (_, i) => `${Math.sin(i)},${Math.cos(3 * i)}`);
  writeFileSync(data, `a,b\n${rows.join('\n')}\n`);
  const { code } = await commandLine(
    ...`fit ${data} --epochs 1 --flow maf --out ${model}`.split(' '),
  );
  expect(code).toBe(0);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.runIf(isPosix)('samples that are cut short are an error, not a shorter table', async () => {
  // Blocks are of 512 bytes or of 1024; a thousand rows take some 20,000, so the first write is a short one.
  const command = `"${process.execPath}" "${cli}" sample "${model}" -n 1000 > "${out}"`;
  const { code, err } = await shell(`ulimit -f 8; ${command}`);
  expect(err).toMatch(/Cannot write standard output: .*\(EFBIG\)\. Not all of it is there\./);
  expect(code).toBe(2);
  expect((await shell(command)).code).toBe(0);
  expect(statSync(out).size).toBeGreaterThan(8 * 1024);
});
