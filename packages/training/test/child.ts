/** Trains the example with a checkpoint after every step, as slowly as asked, and prints the step it is at. */
import type { FitOptions } from '../src/index.js';
import { run } from './example.js';

const [folder, delay, compile] = process.argv.slice(2) as [string, string, string];
await run({
  compile: JSON.parse(compile) as Exclude<FitOptions['compile'], undefined>,
  checkpoint: `file://${folder}`,
  checkpointSeconds: 0,
  onStep: ({ step }) => {
    process.stdout.write(`${step}\n`);
    const end = performance.now() + Number(delay);
    while (performance.now() < end);
  },
});
