// `npm start [-- arguments]`: installs, builds, and runs the command line of apps/benchmarks.
import { install, pnpm, run } from './pnpm.mjs';

for (const step of [install, () => pnpm(['run', 'build', '--output-logs=errors-only'])]) {
  const code = await step();
  if (code !== 0) process.exit(code);
}
process.exit(
  await run([process.execPath, 'apps/benchmarks/dist/cli.js', ...process.argv.slice(2)]),
);
