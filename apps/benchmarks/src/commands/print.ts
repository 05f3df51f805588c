import { fstatSync, writeFileSync } from 'node:fs';
import { asOutputError, standardOutput } from '../output/outputError.js';
import type { Scores } from '../studies/study.js';
import { standings } from '../studies/verdict.js';

const labels = { flow: 'flow', kernel: 'kernel density', gaussian: 'Gaussian' };

/** The scores of a study, as lines on standard output. */
export function printScores({
  name,
  space,
  scores,
}: {
  name: string;
  space: string;
  scores: Scores;
}): void {
  const lines = standings(scores).map(({ model, score, advantage }) => {
    const by = advantage
      ? `   the flow is better by ${advantage.mean.toFixed(2)} ± ${advantage.standardError.toFixed(2)}`
      : '';
    return `  ${labels[model].padEnd(16)}${score.mean.toFixed(2).padStart(9)} ± ${score.standardError.toFixed(2)}${by}`;
  });
  console.log(
    `\n${name}: mean log-likelihood of ${scores.flow.length} test rows, in nats; ${space}\n${lines.join('\n')}\n`,
  );
}

/**
 * Text to standard output, at the pace at which it is read.
 *
 * @throws OutputError where that is a file for which the disk has no room
 */
export async function print(text: string): Promise<void> {
  if (fstatSync(process.stdout.fd).isFile()) {
    printToFile(text);
    return;
  }
  await new Promise<void>((resolve) => {
    // A failure is an event of the stream, which the command line hears.
    process.stdout.write(text, () => {
      resolve();
    });
  });
}

/** Node's own stream to a file takes what a disk that is almost full accepts for all that it was given. */
function printToFile(text: string): void {
  try {
    writeFileSync(process.stdout.fd, Buffer.from(text));
  } catch (error) {
    throw asOutputError(standardOutput, error);
  }
}
