import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const pinned = manifest.packageManager.split('@')[1];
const windows = process.platform === 'win32';

/** The pinned pnpm: the installed one where its major version fits, else the one npx brings. */
function pnpmCommand() {
  const installed = spawnSync('pnpm', ['--version'], {
    cwd: root,
    encoding: 'utf8',
    shell: windows,
  });
  const major = (version) => version?.trim().split('.')[0];
  return installed.status === 0 && major(installed.stdout) === major(pinned)
    ? ['pnpm']
    : ['npx', '-y', `pnpm@${pinned}`];
}

/**
 * Runs a command from the root of the repository and resolves to its exit code, 130 where Ctrl-C ended it.
 *
 * @param {string[]} command
 * @param {{ quiet?: boolean }} options `quiet`: what it prints comes in one piece at its end, for commands side by side
 */
export function run(command, { quiet = false } = {}) {
  const child = spawn(command[0], command.slice(1), {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    // Windows starts pnpm and npx through its shell, which takes spaces in paths apart: Node needs none.
    shell: windows && command[0] !== process.execPath,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  });
  const printed = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => printed.push(chunk));
  // A terminal sends Ctrl-C to both of us: wait for the child to finish in its own way.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise((resolve) => {
    child.on('error', (error) => printed.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      process.stdout.write(Buffer.concat(printed));
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Runs `pnpm ...args` and resolves to its exit code. */
export async function pnpm(args, options) {
  return run([...pnpmCommand(), ...args], options);
}

/** Installs the dependencies exactly as the lockfile says; resolves to the exit code. */
export async function install() {
  return pnpm([
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--reporter=append-only',
    '--loglevel=warn',
  ]);
}
