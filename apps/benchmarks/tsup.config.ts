import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/cli.ts', 'src/speed/main.ts'],
  format: ['esm'],
  target: 'es2022',
  platform: 'node',
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
});
