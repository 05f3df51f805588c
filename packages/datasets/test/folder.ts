import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

/** The folder of real data: `PUSHFORWARD_DATA`, or `shared/data` beside the repository. */
export const dataFolder =
  process.env.PUSHFORWARD_DATA ??
  fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/** Describes tests that read `path` in the data folder; where it is absent, skips them with a message. */
export function describeWithData(name: string, path: string, body: () => void): void {
  if (existsSync(join(dataFolder, path))) {
    describe(name, body);
    return;
  }
  const reason = `no ${path} in ${dataFolder}: set PUSHFORWARD_DATA to the folder of real data`;
  console.warn(`SKIPPED ${name}: ${reason}.`);
  // Not even described: a body may read the files while it is.
  it.skip(`${name} (${reason})`, () => undefined);
}
