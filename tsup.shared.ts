import { defineConfig } from 'tsup';

/** One build for every package: ESM, type declarations and source maps, one file per entry point. */
export const library = (entry: string[] = ['src/index.ts']) =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    sourcemap: true,
    clean: true,
    treeshake: true,
    removeNodeProtocol: false,
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
  });
