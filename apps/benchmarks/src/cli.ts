#!/usr/bin/env node
import { asOutputError, standardOutput } from './output/outputError.js';
import { run } from './run.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has heard enough, as in `sample model | head`.
  if (error.code === 'EPIPE') process.exit(0);
  const { name, message } = asOutputError(standardOutput, error) as Error;
  console.error(`${name}: ${message}`);
  process.exit(2);
});

process.exitCode = await run(process.argv.slice(2));
