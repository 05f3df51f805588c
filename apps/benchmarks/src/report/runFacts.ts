import type { Html } from './html.js';
import { facts } from './page.js';

/** What a page says of the run as a whole. */
export interface RunFacts {
  readonly engine: string;
  readonly seed: number;
  readonly seconds: number;
  /** The day, as in 2026-11-21. */
  readonly date: string;
}

/** The facts of a run that began at `started`, a reading of `performance.now()`. */
export function runFacts(engine: string, seed: number, started: number): RunFacts {
  return {
    engine,
    seed,
    seconds: (performance.now() - started) / 1000,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** They as a line of a page. */
export function runLine({ engine, seed, seconds, date }: RunFacts): Html {
  return facts([
    ['engine', engine],
    ['seed', seed],
    ['time', `${seconds.toFixed(0)} s`],
    ['date', date],
  ]);
}
