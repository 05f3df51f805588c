/** Each package as its users get it: packed, checked, installed into an empty folder, its README's examples run there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeBlocks, installLine, published, root, run, typecheck } from './workspace.js';

const work = mkdtempSync(join(tmpdir(), 'pushforward-packages-'));
const tarballs = Object.fromEntries(
  published.map(({ manifest: { name, version } }) => [
    name,
    join(work, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`),
  ]),
);

beforeAll(async () => {
  await run('pnpm', ['--filter', './packages/*', 'pack', '--pack-destination', work]);
});

afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

/** An empty project that has the named packages and nothing else: ours from tarballs, others in the workspace's version. */
async function consumer(name: string, dependencies: readonly string[]): Promise<string> {
  const folder = join(work, name);
  mkdirSync(folder);
  const specifier = (name: string) => (name in tarballs ? `file:${tarballs[name]!}` : 'catalog:');
  const manifest = {
    name,
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(dependencies.map((name) => [name, specifier(name)])),
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const ours = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const overrides = Object.keys(tarballs).map((name) => `  '${name}': '${specifier(name)}'\n`);
  writeFileSync(
    join(folder, 'pnpm-workspace.yaml'),
    `${ours.replace(/^packages:\n( .*\n)+/, '')}\noverrides:\n${overrides.join('')}`,
  );
  await run('pnpm', ['install', '--prefer-offline', '--no-lockfile'], folder);
  return folder;
}

/** Runs the examples of a document in a folder that holds what they import. */
async function runExamples(text: string, folder: string): Promise<void> {
  for (const block of codeBlocks(text)) {
    const { outputText } = ts.transpileModule(block, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(join(folder, 'example.mjs'), outputText);
    await run(process.execPath, ['example.mjs'], folder);
  }
}

const readmes = published.map(({ folder, path, manifest }) => {
  const text = readFileSync(join(path, 'README.md'), 'utf8');
  return { folder, name: manifest.name, text };
});
const front = readFileSync(join(root, 'README.md'), 'utf8');
const guide = readdirSync(join(root, 'docs'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => ({ file, text: readFileSync(join(root, 'docs', file), 'utf8') }))
  .filter(({ text }) => codeBlocks(text).length > 0);

describe.each(published)('$manifest.name', ({ manifest: { name } }) => {
  test('its tarball holds what a user needs and no test', async () => {
    const listing = await run('tar', ['-tzf', tarballs[name]!]);
    for (const file of ['dist/index.js', 'dist/index.d.ts', 'README.md', 'CHANGELOG.md', 'LICENSE'])
      expect(listing).toContain(`package/${file}\n`);
    expect(listing).not.toMatch(/\.test\.|test-results|tsconfig/);
  });

  test('publint finds nothing', async () => {
    const tarball = new Uint8Array(readFileSync(tarballs[name]!)).buffer;
    const { messages } = await publint({ pack: { tarball }, strict: true });
    expect(messages).toEqual([]);
  });

  test('arethetypeswrong finds nothing', async () => {
    const tarball = new Uint8Array(readFileSync(tarballs[name]!));
    const analysis = await checkPackage(createPackageFromTarballData(tarball));
    expect(analysis.types).toBeTruthy();
    // ESM alone is published, by `exports`: of the ways to find a module these two can.
    const ways = ['node16-esm', 'bundler'];
    const problems = 'problems' in analysis ? analysis.problems : [];
    expect(
      problems.filter((it) => !('resolutionKind' in it) || ways.includes(it.resolutionKind)),
    ).toEqual([]);
  });
});

// Two at a time: they wait for other processes.
describe.concurrent('installed as the documents say', () => {
  test.each(readmes)('$name alone, its README is true', async ({ folder, text }) => {
    expect(codeBlocks(text).length).toBeGreaterThan(0);
    await runExamples(text, await consumer(folder, installLine(text)));
  });

  test('what the README of the project names, it and the guide are true', async () => {
    const texts = [front, ...guide.map(({ text }) => text)];
    const named = texts.filter((text) => /^npm install /m.test(text)).flatMap(installLine);
    const folder = await consumer('guide', [...new Set(named)]);
    for (const text of texts) await runExamples(text, folder);
  });

  test('by npm alone, the README of the project is true', async () => {
    const folder = join(work, 'npm');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['install', ...quiet, ...Object.values(tarballs)], folder);
    // There is one TensorFlow.js, which npm adds by itself as everybody's peer.
    const listing = await run('npm', ['ls', '@tensorflow/tfjs', '--all', '--json'], folder);
    expect(new Set([...listing.matchAll(/"version": "(4\.[^"]+)"/g)].map(([, v]) => v)).size).toBe(
      1,
    );
    await runExamples(front, folder);
  });

  test('everything, the examples have the types that they need', async () => {
    const tools = ['@tensorflow/tfjs', 'onnxruntime-node'];
    const folder = await consumer('everything', [...Object.keys(tarballs), ...tools]);
    const texts = [front, ...guide.map(({ text }) => text), ...readmes.map(({ text }) => text)];
    const files = texts.flatMap(codeBlocks).map((block, i) => {
      writeFileSync(join(folder, `example${i}.ts`), `${block}\nexport {};\n`);
      return `example${i}.ts`;
    });
    await typecheck(files, folder);
  });
});
