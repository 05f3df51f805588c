/** Every `@example` of every documentation comment runs as it stands. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { codeBlocks, published, root } from './workspace.js';

// Inside this package, so that the imports resolve to the workspace's sources.
const folder = mkdtempSync(join(root, 'tests/src/.examples-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const examples = published.flatMap(({ path }) =>
  readdirSync(join(path, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(path, 'src', file), 'utf8').replace(/^\s*\* ?/gm, '');
      return codeBlocks(text).map((code, i) => ({
        name: `${relative(root, join(path, 'src', file))} #${i + 1}`,
        code,
      }));
    }),
);

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(0);
});

describe('documentation comments', () => {
  test.each(examples)('$name', async ({ name, code }) => {
    const file = join(folder, `${name.replace(/[^a-zA-Z0-9]+/g, '-')}.ts`);
    writeFileSync(file, `${code}\nexport {};\n`);
    await import(file);
  });
});
