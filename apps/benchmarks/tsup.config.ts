import { defineConfig, type Options } from 'tsup';

const shared: Options = { format: ['esm'], target: 'es2022', sourcemap: true };

export default defineConfig([
  {
    ...shared,
    entry: ['src/cli.ts', 'src/speed/main.ts'],
    platform: 'node',
    removeNodeProtocol: false,
    clean: true,
  },
  {
    ...shared,
    entry: { 'speed/browser/page': 'src/speed/browser/page.ts' },
    platform: 'browser',
    splitting: false,
    noExternal: [/./],
  },
]);
