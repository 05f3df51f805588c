import { Command } from 'commander';
import { integer, withRunOptions } from './commands/options.js';
import { type StartOptions, start } from './commands/start.js';

/** The command line. What a command returns as its exit code goes to `outcome`. */
export function program(outcome: { code: number }): Command {
  const root = new Command('pushforward');
  root
    .description(
      'Without a command: trains a neural spline flow on handwritten digits and on iris, in about two minutes, ' +
        'prints its test log-likelihood beside a Gaussian and a kernel density, and writes a report.',
    )
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('Add --help for what there is.')
    .option('--out <folder>', 'where report.html and metrics.json go', 'reports/digits-and-iris')
    .option(
      '--epochs <integer>',
      'passes over the training rows, instead of those tuned',
      integer(1),
    )
    .action(async (options: StartOptions) => {
      outcome.code = await start(options);
    });
  withRunOptions(root);
  return root;
}
