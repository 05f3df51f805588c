import type { EngineName } from '@pushforward/tensors';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** What every command that computes is told. */
export interface RunOptions {
  readonly engine?: string;
  readonly seed: number;
}

/** Adds `--engine` and `--seed`. */
export function withRunOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--engine <name>',
        'tensorflow-gpu, tensorflow, webgpu, wasm or cpu; by default the best that works',
      ).env('PUSHFORWARD_ENGINE'),
    )
    .addOption(
      new Option('--seed <integer>', 'of the random numbers: the same seed, the same result')
        .argParser(integer(0))
        .default(1),
    );
}

/** The name as `useEngine` takes it, which checks it. */
export function engineName(name: string | undefined): EngineName | undefined {
  return name as EngineName | undefined;
}

/** A parser of integers from `low` up. */
export function integer(low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < low)
      throw new InvalidArgumentError(`It must be an integer from ${low} up.`);
    return value;
  };
}
