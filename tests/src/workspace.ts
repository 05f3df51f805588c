import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

interface Manifest {
  name: string;
  version: string;
  description?: string;
  keywords?: string[];
  private?: boolean;
  sideEffects?: boolean;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** The folders under `packages/`, with their manifests. */
export const packages = readdirSync(`${root}/packages`).map((folder) => {
  const path = `${root}/packages/${folder}`;
  const manifest = JSON.parse(readFileSync(`${path}/package.json`, 'utf8')) as Manifest;
  return { folder, path, manifest };
});

/** Those that are published. */
export const published = packages.filter(({ manifest }) => manifest.private !== true);

/** The contents of the fenced `ts` blocks of a Markdown text or a documentation comment. */
export function codeBlocks(text: string): string[] {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
}

/** The packages that the first `npm install` line of a Markdown text names. */
export function installLine(text: string): string[] {
  const line = /^npm install (.+)$/m.exec(text);
  if (!line) throw new Error('There is no line that begins with `npm install`.');
  return line[1]!.split(' ');
}

/** Runs a command; a failure shows all that it printed. */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string = root,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${[command, ...args].join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

/** Type-checks files of a folder as a user of TypeScript would. */
export async function typecheck(
  files: readonly string[],
  folder: string,
  more: readonly string[] = [],
): Promise<void> {
  const options =
    '--ignoreConfig --noEmit --strict --skipLibCheck --target es2022 --lib es2022,dom ' +
    '--module nodenext --moduleResolution nodenext';
  const tsc = join(root, 'node_modules/.bin/tsc');
  await run(tsc, [...options.split(' '), ...more, ...files], folder);
}
