/** The built site in a real browser: every page answers without an error, every link leads somewhere, the live flow learns. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { browserPath, launch, missing, serve } from '@pushforward/testing/browser';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const site = fileURLToPath(new URL('../.vitepress/dist', import.meta.url));
const pages = readdirSync(site, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.html') && file !== '404.html')
  .map((file) => `/${file.replace(/(index)?\.html$/, '')}`);

const matches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((match) => match[1]!);

if (browserPath === undefined) console.warn(`Skipped, ${missing}.`);

describe.skipIf(browserPath === undefined)('the site', () => {
  let server: Server;
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    ({ server, url } = await serve(site));
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test('has the pages that the guide promises', () => {
    for (const page of [
      '/',
      '/getting-started',
      '/one-idea',
      '/contracts',
      '/live',
      '/results/',
      '/packages/flows',
    ])
      expect(pages).toContain(page);
  });

  test('no link within the site is broken', () => {
    const html = new Map(
      pages.map((path) => [
        path,
        readFileSync(`${site}${path}${path.endsWith('/') ? 'index' : ''}.html`, 'utf8'),
      ]),
    );
    const ids = new Map(
      [...html].map(([path, text]) => [path, new Set(matches(text, / id="([^"]+)"/g))]),
    );
    const broken = new Set<string>();
    let links = 0;
    for (const [from, text] of html)
      for (const href of matches(text, /<a\b[^>]* href="([^"]+)"/g)) {
        const target = new URL(href.replaceAll('&amp;', '&'), url + from);
        if (!target.href.startsWith(url)) continue;
        links++;
        const path = target.pathname.replace(/(index)?\.html$/, '');
        const id = decodeURIComponent(target.hash.slice(1));
        const there = ids.get(path);
        if (there ? id !== '' && !there.has(id) : !existsSync(site + target.pathname))
          broken.add(`${from} links to ${target.pathname}${target.hash}`);
      }
    expect([...broken]).toEqual([]);
    expect(links).toBeGreaterThan(1000);
  });

  test('pages answer in a browser, without an error in its console', async () => {
    // Every page that somebody wrote, and of those that the sources make, one for each package.
    const api = pages.filter((path) => path.startsWith('/api/'));
    const written = pages.filter((path) => !api.includes(path));
    const packages = new Map(api.map((path) => [path.split('/')[3], path]));
    const problems: string[] = [];
    const page = await browser.newPage();
    let path = '';
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`${path}: console: ${message.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`${path}: ${error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 400)
        problems.push(`${path}: ${response.status()} ${response.url()}`);
    });
    for (path of [...written, ...packages.values()]) {
      await page.goto(url + path, { waitUntil: 'load' });
      await page.locator('h1').first().waitFor();
    }
    await page.close();
    expect(problems).toEqual([]);
    expect(written.length).toBeGreaterThan(15);
    expect(packages.size).toBeGreaterThan(5);
  });

  test('the report of the main job is there, with all its pictures', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/results/digits-and-iris`);
    const sizes = await page.$$eval('figure .plate', (plates) =>
      plates.map((plate) => {
        const pictures = [...plate.querySelectorAll('img, svg')];
        return Math.min(...pictures.map((picture) => picture.getBoundingClientRect().height));
      }),
    );
    // For each of the two data sets a likelihood, a learning curve and two of latents; images, and a pair plot.
    expect(sizes).toHaveLength(10);
    for (const size of sizes) expect(size).toBeGreaterThan(50);
    await page.close();
  });

  test('the live page trains a flow that comes to fit', async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    const fetched: string[] = [];
    page.on('response', (response) => fetched.push(response.url()));
    await page.goto(`${url}/live`);
    expect(fetched.filter((file) => file.includes('ort-wasm'))).toEqual([]);
    await page.getByRole('button', { name: 'Train' }).click();
    const status = page.getByRole('status');
    await status.filter({ hasText: /Done|Error/ }).waitFor({ timeout: 180_000 });
    expect(await status.textContent()).toContain('Done');
    const [last, first] = [...(await status.textContent())!.matchAll(/-?\d+\.\d+/g)].map(Number);
    await page.close();
    expect(errors).toEqual([]);
    expect(last!).toBeLessThan(first! - 0.2);
    // In compiled steps, which a page that finds no runtime would not say.
    expect(fetched.filter((file) => /ort-wasm.*\.wasm$/.test(file))).toHaveLength(1);
  });
});
