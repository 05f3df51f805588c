import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const pinned = manifest.packageManager.split('@')[1];
const root = new URL('..', import.meta.url).pathname;
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
 * Runs a command from the root of the repository and resolves to its exit code; a signal to us goes on to it.
 *
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env added to this process's own
 */
export function run(command, env = {}) {
  const child = spawn(command[0], command.slice(1), {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...env },
  });
  // A terminal sends Ctrl-C to both of us: wait for the child to finish in its own way.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Runs `pnpm ...args` and resolves to its exit code. */
export async function pnpm(args, env) {
  return run([...pnpmCommand(), ...args], env);
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
