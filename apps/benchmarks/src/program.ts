import { Argument, Command, Option } from 'commander';
import { type FitOptions, fitCommand, flows } from './commands/fit.js';
import {
  logProbCommand,
  type ReportOptions,
  reportCommand,
  type SampleOptions,
  type ScoreOptions,
  sampleCommand,
} from './commands/model.js';
import { integer, withRunOptions } from './commands/options.js';
import { type ReproduceOptions, reproduce } from './commands/reproduce.js';
import { type StartOptions, start } from './commands/start.js';

const examples = `
Examples, from the root of the repository:
  npm start                                            the main job
  npm start -- fit my.csv                              a flow of all columns of my.csv
  npm start -- fit my.csv --target price --flow maf    of the other columns, given the price
  npm start -- sample reports/my -n 1000 > new.csv     draws of that flow
  npm start -- log-prob reports/my more.csv > out.csv  how likely it finds other rows
  npm start -- report reports/my more.csv              the same as a page
  pnpm reproduce list                                  what of the literature can be reproduced`;

/** The command line. What a command returns as its exit code goes to `outcome`. */
export function program(outcome: { code: number }): Command {
  const root = new Command('pushforward')
    .description(
      'Deep probabilistic models. Without a command: trains a neural spline flow on handwritten digits and on iris, ' +
        'prints its test log-likelihood beside a Gaussian and a kernel density, and writes a report.',
    )
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('Add --help for what there is.')
    .option('--out <folder>', 'where report.html and metrics.json go', 'reports/digits-and-iris')
    .option('--epochs <integer>', 'passes over the training rows, if not as tuned', integer(1))
    .addHelpText('after', examples)
    .action(async (options: StartOptions) => {
      outcome.code = await start(options);
    });
  withRunOptions(root);

  command(
    root,
    'fit',
    'Fits a flow to the columns of a table; writes the model, a report and its numbers.',
  )
    .argument('<data.csv>', 'comma-separated values, with or without a line of names')
    .addOption(
      new Option('--flow <name>', 'the kind of flow').choices(Object.keys(flows)).default('nsf'),
    )
    .option('--target <column>', 'the column that the flow is conditional on, a number or a class')
    .option('--categorical', 'the target is a class, although it looks like a number')
    .option('--omit <columns...>', 'columns to leave out')
    .addOption(missing())
    .option('--epochs <integer>', 'most passes over the training rows', integer(1), 200)
    .option('--out <folder>', 'where all goes; by default reports/<name of the file>')
    .option('--resume', 'go on with an interrupted run of the same command')
    .action(async (file: string, options: FitOptions) => {
      outcome.code = await fitCommand(file, options);
    });

  command(root, 'sample', 'Prints draws of a fitted model as comma-separated values.')
    .addArgument(model())
    .option('-n, --rows <integer>', 'how many', integer(1), 1000)
    .option('--target <value>', 'of the column that the model is conditional on')
    .action((folder: string, options: SampleOptions) => sampleCommand(folder, options));

  command(
    root,
    'log-prob',
    'Prints the log-density of each row of a table, in nats and the units of the table.',
  )
    .addArgument(model())
    .argument('<data.csv>', 'a table with the columns of the model, and perhaps others')
    .addOption(missing())
    .action((folder: string, file: string, options: ScoreOptions) =>
      logProbCommand(folder, file, options),
    );

  command(root, 'report', 'Writes a page on how a fitted model finds a table.')
    .addArgument(model())
    .argument('<data.csv>', 'a table with the columns of the model, and perhaps others')
    .addOption(missing())
    .option('--out <folder>', 'where report.html and metrics.json go', 'reports/report')
    .action((folder: string, file: string, options: ReportOptions) =>
      reportCommand(folder, file, options),
    );

  command(
    root,
    'reproduce',
    'Runs an experiment of the literature; writes result.json and pictures.',
  )
    .argument('<experiment>', "its name, or 'list' for all of them")
    .addOption(
      new Option('--scale <name>', 'a minute at the most, or what the source asks for')
        .choices(['quick', 'full'])
        .default('quick'),
    )
    .option('--out <folder>', 'where all goes; by default reports/<experiment>')
    .action(async (name: string, options: ReproduceOptions) => {
      outcome.code = await reproduce(name, options);
    });

  return root;
}

/** A command that computes. */
function command(root: Command, name: string, description: string): Command {
  return withRunOptions(root.command(name).description(description)).showHelpAfterError(
    `Add '${name} --help' for what it takes.`,
  );
}

function model(): Argument {
  return new Argument('<model>', 'the folder that `fit` wrote');
}

function missing(): Option {
  return new Option('--missing <what>', 'what to do with a row that lacks a value')
    .choices(['throw', 'drop'])
    .default('throw');
}
