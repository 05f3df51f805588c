/** Compiled flows in a page of a real browser: on WebAssembly with and without threads, and on WebGPU. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserPath, launch, missing, type Served, serve } from '@pushforward/testing/browser';
import type { Browser, Page } from 'playwright-core';
import { build, defaultClientConditions } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

if (browserPath === undefined) console.warn(`Skipped, ${missing}.`);

/** As in the table's test under Node. */
const TOLERANCE = 1e-4;

describe.skipIf(browserPath === undefined)('in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pushforward-'));
  const served: Served[] = [];
  let browser: Browser;

  beforeAll(async () => {
    await build({
      root: fileURLToPath(new URL('page', import.meta.url)),
      logLevel: 'error',
      resolve: { conditions: ['@pushforward/source', ...defaultClientConditions] },
      build: { outDir: folder, target: 'esnext', minify: false, chunkSizeWarningLimit: 1e5 },
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    for (const { server } of served) server.close();
    rmSync(folder, { recursive: true });
  });

  const errors: string[] = [];
  async function open(
    runtime: 'wasm' | 'webgpu',
    { isolated = false, isFast = false } = {},
  ): Promise<Page> {
    const site = await serve(folder, { isolated });
    served.push(site);
    const page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('response', (response) => {
      if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`);
      expect(new URL(response.url()).origin).toBe(site.url);
    });
    await page.goto(site.url);
    await page.waitForFunction(() => 'page' in globalThis);
    const hasThreads = await page.evaluate(
      ([runtime, isFast]) => globalThis.page.start(runtime, isFast),
      [runtime, isFast] as const,
    );
    expect(hasThreads).toBe(isolated);
    return page;
  }

  /** Expects that each flow, trained compiled in the page, comes to where the eager one comes. */
  async function expectTrained(page: Page, names: readonly string[]): Promise<void> {
    for (const name of names) {
      const { losses, weights } = await page.evaluate(
        (name) => globalThis.page.train(name, 3),
        name,
      );
      expect(losses, `losses of ${name}`).toBeLessThan(TOLERANCE);
      expect(weights, `weights of ${name}`).toBeLessThan(TOLERANCE);
    }
  }

  test('every flow trains on WebAssembly', async () => {
    const page = await open('wasm');
    await expectTrained(page, await page.evaluate(() => globalThis.page.names));
    await page.close();
    expect(errors).toEqual([]);
  });

  test.each([
    ['threads', { isolated: true }],
    ['fast products', { isFast: true }],
    ['threads and fast products', { isolated: true, isFast: true }],
  ])('flows train with %s', async (_, options) => {
    const page = await open('wasm', options);
    await expectTrained(page, ['realNVP', 'nsfCoupling']);
    await page.close();
    expect(errors).toEqual([]);
  });

  test('exported flows run on the runtime alone', async () => {
    const page = await open('wasm');
    for (const name of await page.evaluate(() => globalThis.page.names)) {
      const off = await page.evaluate((name) => globalThis.page.exported(name), name);
      expect(off, name).toBeLessThan(TOLERANCE);
    }
    await page.close();
    expect(errors).toEqual([]);
  });

  test('a flow trains on WebGPU', async () => {
    const page = await open('webgpu');
    await expectTrained(page, ['nsfCoupling']);
    const off = await page.evaluate((name) => globalThis.page.exported(name), 'nsfCoupling');
    expect(off).toBeLessThan(TOLERANCE);
    await page.close();
    expect(errors).toEqual([]);
    // Every shader is compiled for the processor.
  });
});
