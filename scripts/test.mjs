// `npm test`: installs, builds, lints, type-checks, runs every test, and prints last `N passed, N failed`.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { install, pnpm, root } from './pnpm.mjs';

let passed = 0;
let failed = 0;

/** Runs a step and says how it went; a step counts as one check. */
async function check(name, step) {
  const started = Date.now();
  const code = await step();
  if (code === 130) process.exit(code);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${name} (${seconds} s)`);
  if (code === 0) passed++;
  else failed++;
  return code === 0;
}

/** Runs steps two at a time, for none of them keeps more than one core busy. */
async function checkTogether(steps) {
  const waiting = Object.entries(steps);
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await check(...next);
  };
  await Promise.all([lane(), lane()]);
}

/** Runs all tests; each counts as one check, and so does a failure that is not a test's. */
async function runTests() {
  // Where vitest leaves what it counted: one file for each package and app, and one for the workspace.
  const files = ['packages', 'apps']
    .flatMap((folder) => readdirSync(`${root}/${folder}`).map((name) => `${folder}/${name}`))
    .concat('tests')
    .map((folder) => `${root}/${folder}/test-results.json`);
  for (const file of files) rmSync(file, { force: true });

  const command = ['exec', 'turbo', 'run', 'test', '--continue', '--concurrency=2'];
  const code = await pnpm([...command, '--output-logs=new-only']);
  if (code === 130) process.exit(code);

  const results = files.flatMap(read);
  const sum = (count) => results.reduce((total, result) => total + count(result), 0);
  const failures = sum((result) => result.numFailedTests);
  passed += sum((result) => result.numPassedTests);
  failed += code === 0 ? failures : Math.max(failures, 1);

  const skipped = results.flatMap((result) =>
    result.testResults.flatMap((file) =>
      file.assertionResults
        .filter(({ status }) => status !== 'passed' && status !== 'failed')
        .map(({ fullName }) => `${file.name.slice(root.length)}: ${fullName}`),
    ),
  );
  if (skipped.length > 0) console.log(`Skipped:\n  ${skipped.join('\n  ')}`);
}

/** What a result file holds; nothing where there is none, which the exit code of the tests tells. */
function read(file) {
  try {
    return [JSON.parse(readFileSync(file, 'utf8'))];
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

const installed =
  (await check('install', install)) &&
  (await check('build', () => pnpm(['run', 'build', '--output-logs=errors-only'])));
if (installed) {
  const quiet = { quiet: true };
  await checkTogether({
    docs: () => pnpm(['run', 'docs:build', '--output-logs=errors-only'], quiet),
    lint: () => pnpm(['run', 'lint'], quiet),
    typecheck: () => pnpm(['run', 'typecheck'], quiet),
    unused: () => pnpm(['run', 'unused'], quiet),
  });
  await runTests();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
