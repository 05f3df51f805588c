#!/usr/bin/env node
/** Speed of every workload on every engine, each measurement in a process of its own, engines taking turns. */
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { Argument, Command, Option } from 'commander';
import { curves } from './curves.js';
import { importance } from './importance.js';
import { type Engine, engines, measure } from './measure.js';
import { contender, peerContender } from './processes.js';
import { best, lineOf, type Row } from './row.js';
import { simulation } from './simulation.js';
import { type Workload, workloads } from './workloads.js';

interface Options {
  readonly workloads: readonly string[];
  readonly engines: readonly Engine[];
  readonly peer: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly curves?: boolean;
  readonly importance?: boolean;
  readonly simulation?: boolean;
  readonly out?: string;
}

const names = workloads.map(({ name }) => name);

const program = new Command('bench')
  .description('Times training steps, evaluation and sampling; writes the rows as JSON.')
  .addOption(
    new Option('--workloads <names...>', 'what to run').choices(names).default(names, 'all'),
  )
  .addOption(
    new Option('--engines <names...>', 'what to run on').choices(engines).default(['onnx']),
  )
  .option(
    '--peer <name=command...>',
    "other programs, as name=command or name@workload,...=command: they print 'ROW {...}'; {workload} is replaced",
    [],
  )
  .option('--curves', 'also how a step grows with the batch and with the layers')
  .option(
    '--importance',
    'also log-likelihoods of 1000 images by 5000 draws each; alone with --rounds 0',
  )
  .option('--simulation', 'also 200 steps of RK4 for 10,000 pendulums; alone with --rounds 0')
  .option('--rounds <integer>', 'turns that each engine has', Number, 2)
  .option('--seconds <number>', 'least time that training is timed for in each turn', Number, 2)
  .option('--out <file>', 'where the rows go; printed by default')
  .action(compare);

program
  .command('measure', { hidden: true })
  .addArgument(new Argument('<workload>').choices(names))
  .addArgument(new Argument('<engine>').choices(engines))
  .argument('<seconds>', '', Number)
  .argument('<startedAt>', '', Number)
  .requiredOption('--batch <integer>', '', Number)
  .option('--layers <integer>', '', Number)
  .action(measureOne);

await program.parseAsync();

async function measureOne(
  name: string,
  engine: Engine,
  seconds: number,
  startedAt: number,
  sizes: Partial<Workload>,
): Promise<void> {
  const workload = { ...workloadOf(name), ...sizes };
  const row = await measure(workload, engine, { steps: 30, seconds }, startedAt);
  console.log(`ROW ${JSON.stringify(row)}`);
}

async function compare(options: Options): Promise<void> {
  const { rounds, seconds, out } = options;
  const contenders = [
    ...options.engines.map((engine) => contender(engine, seconds)),
    ...options.peer.map((peer) => peerContender(peer, seconds)),
  ];
  const rows: Row[] = [];
  for (const workload of options.workloads.map(workloadOf))
    for (let round = 0; round < rounds; round++)
      for (const contender of contenders.filter(({ knows }) => knows(workload.name))) {
        const row = await contender.run(workload);
        rows.push(row);
        console.error(lineOf(row));
      }
  const summary = best(rows);
  for (const complaint of summary.flatMap(complaints)) {
    console.error(complaint);
    process.exitCode = 1;
  }
  const growth = options.curves ? { curves: await curves(rounds, seconds) } : {};
  const sampled = options.importance ? { importance: await importance() } : {};
  const simulated = options.simulation ? { simulation: await simulation() } : {};
  const found = { machine: machine(), rows: summary, ...growth, ...sampled, ...simulated };
  const text = `${JSON.stringify(found, undefined, 2)}\n`;
  if (out === undefined) console.log(text);
  else await writeFile(out, text);
}

/** Engines start from the same numbers and see the same data: their losses say that they compute the same. */
function complaints({ workload, engine, loss1, loss30 }: Row): string[] {
  const { losses, ...kind } = workloadOf(workload);
  const isOurs = (engines as readonly string[]).includes(engine);
  const [first, thirtieth] =
    'timeFeatures' in kind && !isOurs
      ? // Others draw other steps and noise.
        [0.2, 0.3]
      : 'networks' in kind && !isOurs
        ? // Others draw other latents.
          [1e-2, 5e-2]
        : 'map' in kind && kind.map === 'spline'
          ? // Our spline bounds sizes and slopes by other functions than the workload: near it, not equal.
            [1e-2, 1e-2]
          : [1e-4, 2e-3];
  const differs = (loss: number | null, expected: number, tolerance: number) =>
    loss !== null && Math.abs(loss - expected) > tolerance * Math.abs(expected);
  return differs(loss1, losses[0], first) || differs(loss30, losses[1], thirtieth)
    ? [`${workload} ${engine}: losses ${loss1} and ${loss30}, expected ${losses.join(' and ')}`]
    : [];
}

function workloadOf(name: string): Workload {
  return workloads.find((workload) => workload.name === name)!;
}

function machine() {
  return {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
}
