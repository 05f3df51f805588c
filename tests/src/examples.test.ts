/** Every `@example` of every documentation comment runs as it stands, and has the types that it needs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { codeBlocks, published, root, typecheck } from './workspace.js';

// Inside this package, so that the imports resolve to the workspace's sources.
const folder = mkdtempSync(join(root, 'tests/src/.examples-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const examples = published.flatMap(({ path }) =>
  readdirSync(join(path, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const source = relative(root, join(path, 'src', file));
      const text = readFileSync(join(root, source), 'utf8').replace(/^\s*\* ?/gm, '');
      return codeBlocks(text).map((code, i) => {
        const name = `${source} #${i + 1}`;
        const target = join(folder, `${name.replace(/[^a-zA-Z0-9]+/g, '-')}.ts`);
        writeFileSync(target, `${code}\nexport {};\n`);
        return { name, target };
      });
    }),
);

describe('documentation comments', () => {
  test('have examples, of the right types', async () => {
    const files = examples.map(({ target }) => target);
    expect(files.length).toBeGreaterThan(0);
    await typecheck(files, folder, ['--customConditions', '@pushforward/source']);
  });

  test.each(examples)('$name', async ({ target }) => {
    await import(target);
  });
});
