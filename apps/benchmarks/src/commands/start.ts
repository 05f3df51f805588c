import { Key, useEngine } from '@pushforward/tensors';
import { terminalProgress } from '@pushforward/training';
import { interruptible } from '../interrupted.js';
import { writing } from '../output/staged.js';
import { runFacts } from '../report/runFacts.js';
import { startReport } from '../report/startReport.js';
import { digitsStudy } from '../studies/digits.js';
import { irisStudy } from '../studies/iris.js';
import { metricsOf } from '../studies/metrics.js';
import { beatsBaselines } from '../studies/verdict.js';
import { engineName, type RunOptions } from './options.js';
import { printScores } from './print.js';

/** What the main job is told. */
export interface StartOptions extends RunOptions {
  readonly out: string;
  /** Passes over the training rows, instead of those that were tuned. */
  readonly epochs?: number;
}

/**
 * The main job: flows of digits and of iris, held against the baselines.
 *
 * @returns the exit code, 1 where a baseline is not beaten
 */
export async function start({ out, epochs, seed, engine }: StartOptions): Promise<number> {
  const started = performance.now();
  const { summary, ...description } = await useEngine(engineName(engine));
  console.error(summary);

  const { result, files } = await writing(out, (staged) =>
    interruptible(async (signal) => {
      const control = { signal, progress: terminalProgress };
      const [forDigits, forIris] = Key.from(seed).split(2);
      console.error('Digits: an autoregressive neural spline flow');
      const digits = await digitsStudy(forDigits, control, epochs);
      printScores(digits);
      console.error('Iris: five such flows, one for each fold');
      const iris = await irisStudy(forIris, control, epochs);
      printScores(iris);

      const run = runFacts(description.engine, seed, started);
      await staged.write('report.html', startReport(digits, iris, run));
      await staged.write('metrics.json', metricsOf([digits, iris], run));
      return [digits, iris];
    }),
  );

  console.log(`\nWritten: ${files.join(', ')}`);
  const unbeaten = result.filter(({ scores }) => !beatsBaselines(scores));
  for (const { name } of unbeaten)
    console.error(`On ${name} the flow does not beat both baselines.`);
  return unbeaten.length > 0 ? 1 : 0;
}
