import { join } from 'node:path';
import { Key, useEngine } from '@pushforward/tensors';
import { terminalProgress } from '@pushforward/training';
import { experimentNamed, experiments } from '../experiments/registry.js';
import { type Result, resultSchema } from '../experiments/result.js';
import { interruptible } from '../interrupted.js';
import { writing } from '../output/staged.js';
import { engineName, type RunOptions } from './options.js';

export interface ReproduceOptions extends RunOptions {
  readonly scale: Result['scale'];
  readonly out?: string;
}

/**
 * Runs an experiment, or lists them all.
 *
 * @returns the exit code, 1 where a check does not hold
 */
export async function reproduce(name: string, options: ReproduceOptions): Promise<number> {
  if (name === 'list') {
    list();
    return 0;
  }
  const started = performance.now();
  const experiment = experimentNamed(name);
  const { scale, seed, out = join('reports', name) } = options;
  const { engine, summary } = await useEngine(engineName(options.engine));
  console.error(summary);

  const { result, files } = await writing(out, (staged) =>
    interruptible(async (signal) => {
      const { rows, checks, pictures } = await experiment.run({
        scale,
        key: Key.from(seed),
        control: { signal, progress: terminalProgress },
        say: (line) => {
          console.error(line);
        },
      });
      const result = resultSchema.parse({
        experiment: name,
        source: experiment.source,
        scale,
        engine,
        seed,
        seconds: Math.round(performance.now() - started) / 1000,
        rows,
        checks,
      } satisfies Result);
      await staged.write('result.json', `${JSON.stringify(result, undefined, 2)}\n`);
      for (const [file, picture] of Object.entries(pictures))
        await staged.write(file, picture.markup);
      return result;
    }),
  );
  report(result);
  console.log(`\nWritten: ${files.join(', ')}`);
  return result.checks.every(({ holds }) => holds) ? 0 : 1;
}

function list(): void {
  for (const { name, summary, source } of experiments)
    console.log(`${name}\n  ${summary}\n  ${source.document}, ${source.item}\n`);
}

function report({ rows, checks }: Result): void {
  for (const { label, metric, value, standardError, published, publishedError } of rows) {
    const error = standardError === null ? '' : ` ± ${standardError.toFixed(3)}`;
    const theirs =
      published === null
        ? ''
        : `   published ${published}${publishedError === null ? '' : ` ± ${publishedError}`}`;
    console.log(`${label}: ${metric}: ${Number(value.toFixed(3))}${error}${theirs}`);
  }
  console.log('');
  for (const { claim, value, threshold, holds } of checks)
    console.log(
      `${holds ? 'holds' : 'FAILS'}: ${claim}: ${Number(value.toFixed(3))}, threshold ${Number(threshold.toFixed(3))}`,
    );
}
