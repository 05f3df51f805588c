import { existsSync } from 'node:fs';
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
      // To end what hangs, and never what is slow: a machine may have much else to do.
      testTimeout: 600_000,
      hookTimeout: 600_000,
      reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
      ...options,
    },
  });

/** Debian's package chromium brings SwiftShader, a driver for WebGPU that needs no GPU. */
const chromium = '/usr/lib/chromium';
const swiftShader = `${chromium}/vk_swiftshader_icd.json`;

/** Lets the tests' processes have WebGPU without a GPU, unless a driver is named in VK_ICD_FILENAMES. */
export function useSwiftShader(): void {
  if (process.env.VK_ICD_FILENAMES !== undefined || !existsSync(swiftShader)) return;
  process.env.VK_ICD_FILENAMES = swiftShader;
  process.env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, chromium].filter(Boolean).join(':');
}
