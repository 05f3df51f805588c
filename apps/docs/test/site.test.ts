/** The built site in a real browser: every page answers without an error, every link leads somewhere, the live flow learns. */

import { readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { browserPath, launch, missing, serve } from '@pushforward/testing/browser';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const site = fileURLToPath(new URL('../.vitepress/dist', import.meta.url));
const pages = readdirSync(site, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.html') && file !== '404.html')
  .map((file) => `/${file.replace(/(index)?\.html$/, '')}`);

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

  test('every page answers, without an error in the console or a broken internal link', async () => {
    const problems: string[] = [];
    const links = new Map<string, string>();
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
    for (path of pages) {
      await page.goto(url + path, { waitUntil: 'load' });
      const hrefs = await page.$$eval('a[href]', (anchors) =>
        anchors.map((a) => (a as HTMLAnchorElement).href),
      );
      for (const href of hrefs) if (href.startsWith(url)) links.set(href, path);
    }
    await page.close();

    const anchors = new Map<string, Set<string>>();
    for (const [href, from] of links) {
      const target = new URL(href);
      const response = await fetch(target);
      if (!response.ok) {
        problems.push(`${from} links to ${target.pathname}: ${response.status}`);
        continue;
      }
      if (!anchors.has(target.pathname))
        anchors.set(
          target.pathname,
          new Set(
            [...(await response.text()).matchAll(/ id="([^"]+)"/g)].map((match) => match[1]!),
          ),
        );
      const id = decodeURIComponent(target.hash.slice(1));
      if (id !== '' && !anchors.get(target.pathname)!.has(id))
        problems.push(`${from} links to ${target.pathname}#${id}, which is not there`);
    }
    expect(problems).toEqual([]);
    expect(pages.length).toBeGreaterThan(15);
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
