// `npm test`: installs, builds, lints, type-checks, runs every test, and prints last `N passed, N failed`.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { install, pnpm, root } from './pnpm.mjs';

let passed = 0;
/** What failed, told again at the end: of a long run only its last lines are read. */
const failures = [];

/** Runs a step and says how it went; a step counts as one check. */
async function check(name, step) {
  const started = Date.now();
  const code = await step();
  if (code === 130) process.exit(code);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${name} (${seconds} s)`);
  if (code === 0) passed++;
  else failures.push(name);
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
  passed += results.reduce((total, result) => total + result.numPassedTests, 0);
  const tests = results.flatMap((result) =>
    result.testResults.flatMap(({ name, message, assertionResults }) => {
      const file = name.slice(root.length + 1);
      // A file that cannot be loaded fails without a test that does.
      const unloaded =
        assertionResults.length === 0 && message
          ? [{ status: 'failed', fullName: '', failureMessages: [message] }]
          : [];
      return [...assertionResults, ...unloaded].map((test) => ({ ...test, file }));
    }),
  );
  const failing = tests.filter(({ status }) => status === 'failed');
  for (const { file, fullName, failureMessages } of failing) {
    failures.push(`${file}: ${fullName}\n    ${failureMessages[0]?.split('\n')[0] ?? ''}`);
  }
  if (code !== 0 && failing.length === 0) failures.push('tests (their runner; see above)');

  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  if (skipped.length > 0) console.log(`Skipped:\n${counted(skipped)}`);
}

/** A line for each file that skips tests: which one first, and how many more. */
function counted(skipped) {
  return [...new Set(skipped.map(({ file }) => file))]
    .map((name) => {
      const [first, ...others] = skipped.filter(({ file }) => file === name);
      const more = others.length > 0 ? ` (and ${others.length} more)` : '';
      return `  ${name}: ${first.fullName}${more}`;
    })
    .join('\n');
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
if (failures.length > 0) console.log(`Failed:\n  ${failures.join('\n  ')}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
