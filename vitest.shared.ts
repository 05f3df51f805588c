import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** What every package's tests share: sources instead of builds, and a result file that the root sums up. */
export const tests = (options: NonNullable<ViteUserConfig['test']> = {}) =>
  defineConfig({
    resolve: { conditions: ['@pushforward/source', 'module', 'node', 'default'] },
    ssr: { resolve: { conditions: ['@pushforward/source', 'module', 'node', 'default'] } },
    test: {
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      pool: 'forks',
      maxWorkers: 2,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
      ...options,
    },
  });
