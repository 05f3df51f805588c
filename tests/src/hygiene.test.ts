/** What every package owes its users, checked in one place. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  'training',
  'metrics',
  'datasets',
  'conformance',
];

describe.each(packages)('$manifest.name', ({ folder, manifest }) => {
  test('imports run one way', () => {
    for (const name of Object.keys(manifest.dependencies ?? {}))
      if (name.startsWith('@pushforward/'))
        expect(layers.indexOf(folder)).toBeGreaterThan(layers.indexOf(name.split('/')[1]!));
  });
});

describe.each(published)('$manifest.name', ({ path, manifest }) => {
  test('has a README that says how to install it, a CHANGELOG and a licence', () => {
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toContain(`npm install ${manifest.name}`);
    expect(existsSync(join(path, 'CHANGELOG.md'))).toBe(true);
    expect(readFileSync(join(path, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(root, 'LICENSE'), 'utf8'),
    );
  });

  test('shares one TensorFlow.js with everybody', () => {
    expect(manifest.peerDependencies).toHaveProperty('@tensorflow/tfjs');
    expect(manifest.dependencies ?? {}).not.toHaveProperty('@tensorflow/tfjs');
  });

  test('loads nothing of Node where a browser loads it', () => {
    const entry = readFileSync(join(path, 'dist/index.js'), 'utf8');
    expect(entry).not.toMatch(/from ["']node:|import\(["']node:|require\(/);
  });
});
