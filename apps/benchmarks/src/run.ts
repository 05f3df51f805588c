import { PushforwardError } from '@pushforward/tensors';
import { CommanderError } from 'commander';
import { Interrupted } from './interrupted.js';
import { program } from './program.js';

/**
 * Runs one command line.
 *
 * @returns the exit code: 0 when all went well, 1 when a claim that was checked does not hold, 2 when the user can
 * put it right, 130 after Ctrl-C
 * @throws what is not the user's to put right: a mistake of ours, with its stack
 */
export async function run(words: readonly string[]): Promise<number> {
  const outcome = { code: 0 };
  try {
    await program(outcome).parseAsync(words, { from: 'user' });
  } catch (error) {
    // Commander has printed its message; help and version come this way too, with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Interrupted) {
      console.error(error.message);
      return 130;
    }
    if (!(error instanceof PushforwardError)) throw error;
    console.error(`${error.name}: ${error.message}`);
    return 2;
  }
  return outcome.code;
}
