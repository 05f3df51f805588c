import { DataError, Key, useEngine } from '@pushforward/tensors';
import Papa from 'papaparse';
import { writing } from '../output/staged.js';
import { runFacts } from '../report/runFacts.js';
import { scoreReport } from '../report/scoreReport.js';
import { estimate } from '../studies/score.js';
import { toRows } from '../studies/study.js';
import { readFor } from '../tables/readTable.js';
import { TableModel } from '../tables/tableModel.js';
import { engineName, type RunOptions } from './options.js';
import { print } from './print.js';

/** Rows that are drawn, and printed, at a time. */
const block = 5000;

export interface SampleOptions extends RunOptions {
  readonly rows: number;
  readonly target?: string;
}

/** Prints draws of a model, as a table of comma-separated values. */
export async function sampleCommand(folder: string, options: SampleOptions): Promise<void> {
  const { seed, rows, target } = options;
  await withModel(folder, options, async (model) => {
    const { columns, target: given } = model.config;
    const names = given ? [...columns, given.name] : columns;
    const keys = Key.from(seed).split(Math.ceil(rows / block));
    for (const [i, key] of keys.entries()) {
      const x = await model.sample(key, Math.min(block, rows - i * block), target);
      const cells = toRows(x, columns.length).map((row) => [
        ...row.map(shortest),
        ...(given ? [target!] : []),
      ]);
      const lines = i === 0 ? [names, ...cells] : cells;
      await print(`${Papa.unparse(lines, { newline: '\n' })}\n`);
    }
  });
}

export interface ScoreOptions extends RunOptions {
  readonly missing: 'throw' | 'drop';
}

/** Prints log p of each row of a table, in nats and in the units of the table. */
export async function logProbCommand(
  folder: string,
  file: string,
  options: ScoreOptions,
): Promise<void> {
  await withModel(folder, options, async (model) => {
    const values = await model.logProb(await readFor(model, file, options.missing));
    await print(`log_prob\n${values.map(shortest).join('\n')}\n`);
  });
}

export interface ReportOptions extends ScoreOptions {
  readonly out: string;
}

/** Writes a page on how a model finds a table. */
export async function reportCommand(
  folder: string,
  file: string,
  options: ReportOptions,
): Promise<void> {
  const started = performance.now();
  await withModel(folder, options, async (model, engine) => {
    const table = await readFor(model, file, options.missing);
    if (table.length < 2) throw new DataError(`${file} has one row; a report needs two.`);
    const { files } = await writing(options.out, async (staged) => {
      const values = await model.logProb(table);
      const score = estimate(values);
      const run = runFacts(engine, options.seed, started);
      const page = await scoreReport(model, table, values, Key.from(options.seed), run);
      await staged.write('report.html', page);
      await staged.write(
        'metrics.json',
        `${JSON.stringify({ ...run, unit: 'nats', model: folder, table: file, rows: table.length, logLikelihood: score }, undefined, 2)}\n`,
      );
      console.log(
        `${table.name}: mean log-likelihood of ${table.length} rows ${score.mean.toFixed(3)} ± ${score.standardError.toFixed(3)} nats, in the units of the table`,
      );
    });
    console.log(`Written: ${files.join(', ')}`);
  });
}

async function withModel(
  folder: string,
  { engine }: { engine?: string },
  use: (model: TableModel, engine: string) => Promise<void>,
): Promise<void> {
  const description = await useEngine(engineName(engine));
  const model = await TableModel.load(folder);
  try {
    await use(model, description.engine);
  } finally {
    model.dispose();
  }
}

/** As few digits as tell float32 numbers apart. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === Math.fround(value)) return text;
  }
  return String(Number(value.toPrecision(9)));
}
