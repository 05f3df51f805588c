import { defineConfig, type Options } from 'tsup';

/** One build for every package: ESM, type declarations and source maps, one file per entry point. */
export const library = (options: Options = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    sourcemap: true,
    clean: true,
    treeshake: true,
    removeNodeProtocol: false,
    dts: {
      entry: 'src/index.ts',
      compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] },
    },
    ...options,
  });
