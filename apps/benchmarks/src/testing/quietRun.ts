import { Key } from '@pushforward/tensors';
import type { Run } from '../experiments/experiment.js';

const silent = () => undefined;

/** A run of an experiment that shows nothing. */
export const quietRun: Run = {
  scale: 'quick',
  key: Key.from(1),
  control: {
    signal: new AbortController().signal,
    progress: () => ({ start: silent, step: silent, epoch: silent, end: silent }),
  },
  say: silent,
};
