/** What every package owes its users, checked in one place. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { packages, published, root } from './workspace.js';

/** The layers of the design, lowest first: a package may depend on those before it in the list. */
const layers = [
  'testing',
  'tensors',
  'compile',
  'nn',
  'bijectors',
  'distributions',
  'conditioners',
  'flows',
  'diffusion',
  'vae',
  'hybrid',
  'training',
  'metrics',
  'datasets',
  'conformance',
];

/** How each published package is imported. */
const imports: Record<string, () => Promise<object>> = {
  tensors: () => import('@pushforward/tensors'),
  compile: () => import('@pushforward/compile'),
  nn: () => import('@pushforward/nn'),
  bijectors: () => import('@pushforward/bijectors'),
  distributions: () => import('@pushforward/distributions'),
  conditioners: () => import('@pushforward/conditioners'),
  flows: () => import('@pushforward/flows'),
  diffusion: () => import('@pushforward/diffusion'),
  vae: () => import('@pushforward/vae'),
  hybrid: () => import('@pushforward/hybrid'),
  training: () => import('@pushforward/training'),
  metrics: () => import('@pushforward/metrics'),
  datasets: () => import('@pushforward/datasets'),
};

describe.each(packages)('$manifest.name', ({ folder, path, manifest }) => {
  test('imports run one way', () => {
    const below = layers.slice(0, layers.indexOf(folder));
    for (const name of Object.keys(manifest.dependencies ?? {}))
      if (name.startsWith('@pushforward/')) expect(below).toContain(name.split('/')[1]);
  });

  test('its files are named in camel case', () => {
    const files = ['src', 'test', 'data']
      .map((part) => join(path, part))
      .filter(existsSync)
      .flatMap((part) => readdirSync(part, { recursive: true, encoding: 'utf8' }));
    const name = /^[a-z][a-zA-Z0-9]*(\.f64)?(\.test)?(\.ts|\.html)?$/;
    expect(files.filter((file) => !name.test(basename(file)))).toEqual([]);
  });
});

/** The longest a source file may be: beyond, it says more than one thing. */
const LONGEST = 300;

/** Source files below a folder; what is installed, built or embedded as data is none. */
function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'cache', 'data'].includes(entry.name)
        ? []
        : sourcesBelow(path);
    return ['.ts', '.mjs', '.vue', '.css'].includes(extname(entry.name)) ? [path] : [];
  });
}

test('no source file is longer than can be read at once', () => {
  const files = ['packages', 'apps', 'tests', 'scripts'].flatMap((it) =>
    sourcesBelow(join(root, it)),
  );
  // Those that are known to be there are looked at.
  expect(files).toContain(join(root, 'tests/src/hygiene.test.ts'));
  expect(files).toContain(join(root, 'packages/compile/src/compile.ts'));
  const lines = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;
  const long = files.filter((file) => lines(file) > LONGEST);
  expect(long.map((file) => `${file.slice(root.length)}: ${lines(file)} lines`)).toEqual([]);
});

test('every published package is imported here', () => {
  expect(Object.keys(imports).sort()).toEqual(published.map(({ folder }) => folder).sort());
});

// The lowest first, so that what each of them does is its own.
describe.each(Object.entries(imports))('@pushforward/%s', (folder, load) => {
  test('is imported without a trace, as sideEffects: false promises', async () => {
    const { manifest } = packages.find((it) => it.folder === folder)!;
    expect(manifest.sideEffects).toBe(false);
    const before = traces();
    await load();
    expect(traces()).toEqual(before);
  });
});

/** What an import could leave behind. */
function traces() {
  return {
    tensors: tf.memory().numTensors,
    backends: Object.keys(tf.engine().registryFactory),
    running: Object.keys(tf.engine().registry),
    kernels: tf.getKernelsForBackend('cpu').map(({ kernelFunc }) => kernelFunc),
    globals: Object.getOwnPropertyNames(globalThis),
    listeners: process.eventNames(),
  };
}

describe.each(published)('$manifest.name', ({ folder, path, manifest }) => {
  test('has a README that says how to install it, a CHANGELOG and a licence', () => {
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toContain(`npm install ${manifest.name}`);
    expect(existsSync(join(path, 'CHANGELOG.md'))).toBe(true);
    expect(readFileSync(join(path, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(root, 'LICENSE'), 'utf8'),
    );
  });

  test('says in its manifest what a registry shows', () => {
    expect(manifest).toMatchObject({
      ...{ name: `@pushforward/${folder}`, license: 'MIT', type: 'module' },
      engines: { node: '>=20' },
    });
    expect(manifest.description).toMatch(/\.$/);
    expect(manifest.keywords).toEqual(expect.arrayContaining(['tensorflow.js', 'probability']));
  });

  test('shares one TensorFlow.js with everybody', () => {
    expect(manifest.peerDependencies).toHaveProperty('@tensorflow/tfjs');
    expect(manifest.dependencies ?? {}).not.toHaveProperty('@tensorflow/tfjs');
  });

  test('loads nothing of Node where a browser loads it', async () => {
    // Fails where an import cannot be resolved in a browser, such as `node:fs`.
    await build({
      entryPoints: [join(path, 'dist/index.js')],
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      external: ['@tensorflow/*'],
      logLevel: 'silent',
    });
  });
});
