import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EngineError } from '@pushforward/tensors';
import type { Engine } from './measure.js';
import type { Row } from './row.js';
import type { Workload } from './workloads.js';

/** Something that times a workload in a process of its own. */
export interface Contender {
  /** Whether it can run the workload of that name. */
  readonly knows: (name: string) => boolean;
  readonly run: (workload: Workload) => Promise<Row>;
}

/** An engine of ours: this very program, told to measure. */
export function contender(engine: Engine, seconds: number): Contender {
  return {
    knows: () => true,
    run: (workload) => {
      const words = ['measure', workload.name, engine, String(seconds), String(Date.now())];
      const sizes = ['--batch', String(workload.batch)];
      if ('layers' in workload) sizes.push('--layers', String(workload.layers));
      return rowOf(process.execPath, [process.argv[1]!, ...words, ...sizes], {});
    },
  };
}

/**
 * Another program that prints `ROW {...}`.
 *
 * @param peer `name=command`, or `name@workload,workload=command` for one that knows only these; the words of the command
 *   are separated by spaces, and `{workload}` stands for the workload's name
 */
export function peerContender(peer: string, seconds: number): Contender {
  const at = peer.indexOf('=');
  const [label, command] = [peer.slice(0, at), peer.slice(at + 1)];
  const [engine, known] = label.split('@') as [string, string?];
  return {
    knows: (name) => known === undefined || known.split(',').includes(name),
    run: async ({ name }) => {
      const [file, ...words] = command.split(' ').map((word) => word.replace('{workload}', name));
      const environment = {
        MEASURE_BUDGET: String(seconds),
        MEASURE_T0: String(Date.now() / 1000),
      };
      return { ...(await rowOf(file!, words, environment)), engine };
    },
  };
}

async function rowOf(
  file: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Row> {
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(file, [...words], { env, maxBuffer: 1 << 26 });
  const row = stdout.split('\n').find((line) => line.startsWith('ROW '));
  if (row === undefined)
    throw new EngineError(`bench: '${[file, ...words].join(' ')}' printed no line 'ROW {...}'.`);
  // Others need not know how long they compile.
  type Told = Omit<Row, 'compileS'> & Partial<Pick<Row, 'compileS'>>;
  return { compileS: null, ...(JSON.parse(row.slice(4)) as Told) };
}
