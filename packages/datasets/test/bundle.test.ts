import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** What a bundler for browsers makes of an import from this package: the code, and the files that it is made of. */
async function bundle(code: string) {
  const result = await build({
    stdin: { contents: code, resolveDir: source },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@pushforward/source'],
    external: ['@pushforward/tensors', '@tensorflow/tfjs'],
    logLevel: 'silent',
  });
  const [output] = Object.values(result.metafile.outputs);
  const files = Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => file);
  return { code: result.outputFiles[0]!.text, files };
}

describe('in a bundle for browsers', () => {
  test('there is nothing of Node', async () => {
    const { code, files } = await bundle(`export * from './index.ts';`);
    expect(code).not.toMatch(/["']node:|\bprocess\.|\bBuffer\b|\brequire\(["']/);
    expect(files.some((file) => file.endsWith('platform/browser.ts'))).toBe(true);
    expect(files.some((file) => file.endsWith('platform/node.ts'))).toBe(false);
  });

  test.each([
    ['iris', 12],
    ['digits', 130],
    ['twoMoons', 12],
  ])(
    '%s comes without the other data, without libraries, in less than %i kB',
    async (name, limit) => {
      const { code, files } = await bundle(
        `import { ${name} } from './index.ts'; console.log(${name});`,
      );
      const data = files.filter((file) => /(^|\/)data\/\w+\.ts$/.test(file));
      expect(data.map((file) => /(\w+)\.ts$/.exec(file)![1])).toEqual(
        name === 'twoMoons' ? [] : [name],
      );
      expect(files.filter((file) => file.includes('node_modules'))).toEqual([]);
      expect(code.length / 1000).toBeLessThan(limit);
    },
  );
});
