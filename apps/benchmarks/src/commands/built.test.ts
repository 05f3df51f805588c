import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

// In Node itself: vitest finds packages by rules of its own.
test('the program as it is built compiles to ONNX Runtime, which only packages that name it can import', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pushforward-built-'));
  try {
    const table = join(folder, 'table.csv');
    const rows = Array.from({ length: 60 }, (_, i) => `${Math.sin(i)},${Math.cos(3 * i)}`);
    writeFileSync(table, ['a,b', ...rows].join('\n'));
    const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
    const words = ['fit', table, '--flow', 'maf', '--epochs', '1', '--out', join(folder, 'out')];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...words]);
    expect(stdout).toMatch(/log-likelihood/);
    expect(stderr).not.toMatch(/replay/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
