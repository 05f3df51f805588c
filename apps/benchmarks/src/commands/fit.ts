import { rm } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { DataError, Key, LoadError, OptionError, useEngine } from '@pushforward/tensors';
import { terminalProgress } from '@pushforward/training';
import { Interrupted, interruptible } from '../interrupted.js';
import { writing } from '../output/staged.js';
import { fitReport } from '../report/fitReport.js';
import { runFacts } from '../report/runFacts.js';
import { metricsOf } from '../studies/metrics.js';
import { readTable, type TableOptions } from '../tables/readTable.js';
import { fingerprint, recipeFor } from '../tables/recipe.js';
import { tableStudy } from '../tables/tableStudy.js';
import { engineName, type RunOptions } from './options.js';
import { printScores } from './print.js';

/** The flows that can be asked for. */
export const flows = {
  nsf: 'nsfAutoregressive',
  'nsf-coupling': 'nsfCoupling',
  maf: 'maf',
  iaf: 'iaf',
  realnvp: 'realNVP',
} as const;

export interface FitOptions extends RunOptions, TableOptions {
  readonly flow: keyof typeof flows;
  readonly epochs: number;
  readonly out?: string;
  readonly resume?: boolean;
}

/** Fits a flow to a table: writes the model, its report and its numbers. */
export async function fitCommand(file: string, options: FitOptions): Promise<number> {
  const started = performance.now();
  const { seed, engine, flow, epochs, resume = false } = options;
  const out = options.out ?? join('reports', basename(file, extname(file)));
  const description = await useEngine(engineName(engine));
  console.error(description.summary);
  const table = await readTable(file, options);
  if (table.length < 20)
    throw new DataError(
      `${file} has ${table.length} rows; at least 20 are needed, of which 3 are for validation and 3 for the test.`,
    );
  console.error(
    `${table.name}: ${table.length} rows of ${table.columns.join(', ')}${table.target ? `, given ${table.target.name}` : ''}`,
  );

  const checkpoint = join(resolve(out), 'checkpoint');
  const { files } = await writing(out, (staged) =>
    interruptible(async (signal) => {
      const recipe = {
        ...recipeFor(table.length, epochs),
        checkpoint: `file://${checkpoint}`,
        resume,
      };
      // A checkpoint of other rows or another flow belongs to another key, and `fit` refuses it.
      const key = Key.from(seed).foldIn(fingerprint(table, [flow, epochs]));
      const { model, study } = await tableStudy(key, table, { flow: flows[flow] }, recipe, {
        signal,
        progress: terminalProgress,
      }).catch((error: unknown) => {
        throw explain(error, resume);
      });
      try {
        const run = runFacts(description.engine, seed, started);
        const { columns, target } = model.config;
        await model.save(staged.path);
        await staged.write('report.html', fitReport(study, columns, target?.name, run));
        await staged.write('metrics.json', metricsOf([study], run));
        printScores(study);
      } finally {
        model.dispose();
      }
    }),
  );
  await rm(checkpoint, { recursive: true, force: true });
  console.log(`Written: ${files.join(', ')}`);
  console.log(
    `Use it: npm start -- sample ${out}, npm start -- log-prob ${out} ${file}, npm start -- report ${out} ${file}`,
  );
  return 0;
}

/** What a failure means to someone who typed a command. */
function explain(error: unknown, resume: boolean): unknown {
  if (error instanceof Interrupted)
    return new Interrupted('Interrupted; the same command with --resume goes on from here.');
  if (resume && error instanceof OptionError)
    return new OptionError(
      `--resume goes on with the same file, --flow, --epochs, --target and --seed as before. ${error.message}`,
      { cause: error },
    );
  if (resume && error instanceof LoadError)
    return new LoadError(
      `The checkpoint cannot be read; the same command without --resume begins anew. ${error.message}`,
      { cause: error },
    );
  return error;
}
