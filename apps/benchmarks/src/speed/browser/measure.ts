/** A measurement in a page of a headless Chromium. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineError } from '@pushforward/tensors';
import { browserPath, launch, missing, serve } from '@pushforward/testing/browser';
import type { Row } from '../row.js';
import type { Budget } from '../timings.js';
import type { Workload } from '../workloads.js';
import type { MeasureInPage } from './page.js';

const engines = ['browser', 'browser-threads'] as const;
export type BrowserEngine = (typeof engines)[number];

export function isBrowser(engine: string): engine is BrowserEngine {
  return (engines as readonly string[]).includes(engine);
}

export async function inBrowser(
  workload: Workload,
  engine: BrowserEngine,
  budget: Budget,
  startedAt: number,
): Promise<Row> {
  if (browserPath === undefined) throw new EngineError(`bench: ${missing}.`);
  const folder = await site();
  // Only isolated pages have threads.
  const { server, url } = await serve(folder, { isolated: engine === 'browser-threads' });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(() => 'measureInPage' in globalThis);
    const timings = await page.evaluate(
      ([workload, budget, startedAt]) =>
        (globalThis as unknown as { measureInPage: MeasureInPage }).measureInPage(
          workload,
          budget,
          startedAt,
        ),
      [workload, budget, startedAt] as const,
    );
    return { ...timings, engine, rssMb: null };
  } finally {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true });
  }
}

/** A folder with the page, its script, and the packages from which it loads files. */
async function site(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pushforward-'));
  const require = createRequire(import.meta.url);
  const links = {
    'page.js': fileURLToPath(new URL('browser/page.js', import.meta.url)),
    'onnxruntime-web': dirname(require.resolve('onnxruntime-web/wasm')),
    tfjs: dirname(require.resolve('@tensorflow/tfjs-backend-wasm')),
  };
  for (const [name, target] of Object.entries(links)) await symlink(target, join(folder, name));
  await writeFile(
    join(folder, 'index.html'),
    '<link rel="icon" href="data:," /><script type="module" src="page.js"></script>',
  );
  return folder;
}
