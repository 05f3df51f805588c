/** Trains the example with a checkpoint after every step, as slowly as asked, and prints the step it is at. */
import { run } from './example.js';

const [folder, delay] = process.argv.slice(2) as [string, string];
await run({
  checkpoint: `file://${folder}`,
  checkpointSeconds: 0,
  onStep: ({ step }) => {
    process.stdout.write(`${step}\n`);
    const end = performance.now() + Number(delay);
    while (performance.now() < end);
  },
});
