import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
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
