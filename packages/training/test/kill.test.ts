import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, it } from 'vitest';
import '@pushforward/testing';
import { run } from './example.js';

const output = fileURLToPath(new URL('../.cache/kill', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pushforward-kill-'));
  await build({
    entry: [fileURLToPath(new URL('child.ts', import.meta.url))],
    config: false,
    outDir: output,
    format: 'esm',
    target: 'node20',
    noExternal: [/^@pushforward/],
    silent: true,
    esbuildOptions: (options) => {
      options.conditions = ['@pushforward/source'];
    },
  });
});

afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['as it is', false],
  ['replayed', { target: 'replay' }],
  ['in ONNX Runtime', { target: 'onnx' }],
] as const)(
  'run %s, it goes on after kill -9 to the numbers of a run that was not interrupted, bit for bit',
  async (name, compile) => {
    const checkpoint = join(folder, name.replaceAll(' ', '-'));
    const args = [join(output, 'child.js'), checkpoint, '5', JSON.stringify(compile)];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    for await (const line of createInterface(child.stdout))
      if (Number(line) === 69) child.kill('SIGKILL');
    const [, signal] = (await closed) as [number | null, string];
    expect(signal).toBe('SIGKILL');

    let first: number | undefined;
    const resumed = await run({
      compile,
      checkpoint: `file://${checkpoint}`,
      resume: true,
      onStep: ({ step }) => {
        first ??= step;
      },
    });
    // Killed in the middle of the ninth epoch; the checkpoint is of the step before.
    expect(first).toBeGreaterThanOrEqual(69);
    expect(first).toBeLessThan(80);
    expect(resumed).toEqual(await run({ compile }));
  },
);
