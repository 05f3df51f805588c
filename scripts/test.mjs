// `npm test`: installs, builds, lints, type-checks, runs every test, and prints last `N passed, N failed`.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { install, pnpm } from './pnpm.mjs';

/** Where vitest leaves what it counted: one file for each package and app, and one for the workspace. */
const resultFiles = ['packages', 'apps']
  .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}/test-results.json`))
  .concat('tests/test-results.json');
for (const file of resultFiles) rmSync(file, { force: true });

const steps = [
  ['install', install],
  ['build', () => pnpm(['run', 'build', '--output-logs=errors-only'])],
  ['lint', () => pnpm(['run', 'lint'])],
  ['typecheck', () => pnpm(['exec', 'turbo', 'run', 'typecheck', '--output-logs=errors-only'])],
  ['unused', () => pnpm(['exec', 'knip'])],
  ['docs', () => pnpm(['run', 'docs:build', '--output-logs=errors-only'])],
  ['test', () => pnpm(['exec', 'turbo', 'run', 'test', '--continue', '--concurrency=2'])],
];

let passed = 0;
let failed = 0;
for (const [name, step] of steps) {
  const started = Date.now();
  const code = await step();
  console.log(
    `${code === 0 ? 'ok' : 'FAILED'}: ${name} (${((Date.now() - started) / 1000).toFixed(0)} s)`,
  );
  if (code === 0) passed++;
  else failed++;
  if (code !== 0 && (name === 'install' || name === 'build')) break;
}

// A step counts as one check, a test file as the tests in it; suites that could not start have failed.
const skipped = [];
for (const file of resultFiles) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    continue;
  }
  passed += results.numPassedTests;
  failed += results.numFailedTests;
  for (const suite of results.testResults)
    for (const test of suite.assertionResults)
      if (test.status === 'skipped' || test.status === 'pending')
        skipped.push(`${file.replace('/test-results.json', '')}: ${test.fullName}`);
}
if (skipped.length > 0) console.log(`Skipped:\n  ${skipped.join('\n  ')}`);
console.log(
  `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
