import {
  type Key,
  LoadError,
  MissingError,
  OptionError,
  restore,
  save,
} from '@pushforward/tensors';
import type { Settings } from './options.js';
import type { Counters, Run } from './run.js';

/** What is saved beside the tensors. */
type Header = {
  /** Draws of the run's key: another key would not give the same run. */
  key: number[];
  batchSize: number;
  counters: Counters;
};

/** Writes the state of the run to its checkpoint, if it has one. */
export async function saveRun(run: Run, { checkpoint, key, batchSize }: Settings): Promise<void> {
  if (checkpoint === undefined) return;
  const header: Header = { key: fingerprint(key), batchSize, counters: run.counters };
  await save(checkpoint, run, header);
}

/**
 * Puts the run where its checkpoint says; at the start, where there is none.
 *
 * @throws OptionError for a checkpoint of another key or batch size
 * @throws LoadError for a damaged checkpoint, or one of another model
 */
export async function resumeRun(run: Run, settings: Settings): Promise<void> {
  try {
    const header = await restore(settings.checkpoint!, run, (header) => {
      checkHeader(Object(header) as Partial<Header>, settings);
    });
    run.counters = (header as Header).counters;
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
  }
}

function checkHeader(header: Partial<Header>, { key, batchSize }: Settings): void {
  if (!header.key || !header.counters)
    throw new LoadError('fit: what is saved there is no checkpoint of a run.');
  if (header.key.join() !== fingerprint(key).join())
    throw new OptionError(
      'fit: the checkpoint is of a run with another key; resume with that one.',
    );
  if (header.batchSize !== batchSize)
    throw new OptionError(
      `fit: the checkpoint is of a run with batchSize ${String(header.batchSize)}, got ${batchSize}.`,
    );
}

/** Two numbers that tell keys apart. */
function fingerprint(key: Key): number[] {
  const draws = key.uniform([2]);
  const numbers = Array.from(draws.dataSync());
  draws.dispose();
  return numbers;
}
