/** Each package as its users get it: packed, checked, installed into an empty folder, its README's examples run there. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeBlocks, published, root } from './workspace.js';

const execute = promisify(execFile);
const bin = join(root, 'node_modules/.bin');
const work = mkdtempSync(join(tmpdir(), 'pushforward-packages-'));
const tarballs: Record<string, string> = {};

/** Runs a command; a failure shows all that it printed. */
async function run(command: string, args: string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${[command, ...args].join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

beforeAll(async () => {
  mkdirSync(join(work, 'tarballs'));
  for (const { path, manifest } of published) {
    await run('pnpm', ['pack', '--pack-destination', join(work, 'tarballs')], path);
    const name = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
    tarballs[manifest.name] = join(work, 'tarballs', name);
  }
});

afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

/** An empty project that has the named packages and nothing else; sisters come from tarballs as well. */
async function consumer(name: string, dependencies: string[]): Promise<string> {
  const folder = join(work, name);
  mkdirSync(folder);
  const own = Object.fromEntries(
    dependencies.map((name) => [
      name,
      tarballs[name] === undefined ? '4.22.0' : `file:${tarballs[name]}`,
    ]),
  );
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name, private: true, type: 'module', dependencies: own }),
  );
  const overrides = Object.entries(tarballs).map(([name, file]) => `  '${name}': 'file:${file}'`);
  writeFileSync(
    join(folder, 'pnpm-workspace.yaml'),
    `autoInstallPeers: false\nallowBuilds:\n  core-js: false\noverrides:\n${overrides.join('\n')}\n`,
  );
  await run('pnpm', ['install', '--prefer-offline', '--no-lockfile'], folder);
  return folder;
}

/** The packages that a block of code imports. */
function importsOf(code: string): string[] {
  return [...code.matchAll(/from '([^'.][^']*)'|import '([^'.][^']*)'/g)].map((match) => {
    const specifier = match[1] ?? match[2]!;
    return specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
  });
}

describe.each(published)('$manifest.name', ({ folder, path, manifest }) => {
  const blocks = codeBlocks(readFileSync(join(path, 'README.md'), 'utf8'));

  test('its tarball holds what a user needs and no test', async () => {
    const listing = await run('tar', ['-tzf', tarballs[manifest.name]!], work);
    for (const file of ['dist/index.js', 'dist/index.d.ts', 'README.md', 'CHANGELOG.md', 'LICENSE'])
      expect(listing).toContain(`package/${file}\n`);
    expect(listing).not.toMatch(/\.test\.|test-results|tsconfig/);
  });

  test('publint and attw find nothing', async () => {
    await run(join(bin, 'publint'), ['--strict', tarballs[manifest.name]!], work);
    await run(join(bin, 'attw'), [tarballs[manifest.name]!, '--profile', 'esm-only'], work);
  });

  test('installs alone, and its README is true there', async () => {
    expect(blocks.length).toBeGreaterThan(0);
    const imported = new Set(blocks.flatMap(importsOf).filter((name) => !name.startsWith('node:')));
    const home = await consumer(folder, [
      ...new Set([manifest.name, '@tensorflow/tfjs', ...imported]),
    ]);
    for (const [i, block] of blocks.entries()) {
      writeFileSync(join(home, `example${i}.ts`), block);
      const { outputText } = ts.transpileModule(block, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      });
      writeFileSync(join(home, `example${i}.mjs`), outputText);
      await run(process.execPath, [`example${i}.mjs`], home);
    }
    const examples = readdirSync(home).filter((name) => /^example\d+\.ts$/.test(name));
    const options =
      '--noEmit --strict --skipLibCheck --target es2022 --module nodenext --moduleResolution nodenext';
    await run(join(bin, 'tsc'), [...options.split(' '), '--lib', 'es2022,dom', ...examples], home);
  });
});
