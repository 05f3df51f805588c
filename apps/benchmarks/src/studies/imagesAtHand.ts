import type { Dataset } from '@pushforward/datasets';
import { DataError } from '@pushforward/tensors';
import type { Run } from '../experiments/experiment.js';

/** Images; undefined, with the reason said, where they cannot be had. */
export async function imagesAtHand(
  data: () => Promise<Dataset>,
  say: Run['say'],
): Promise<Dataset | undefined> {
  try {
    return await data();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    say(`Left out, for its images cannot be had: ${error.message}`);
    return undefined;
  }
}
