import type { Key } from '@pushforward/tensors';
import type { Source } from '../published.js';
import type { Html } from '../report/html.js';
import type { Control } from '../studies/learn.js';
import type { Check, Result, Row } from './result.js';

/** What an experiment is given. */
export interface Run {
  /** Seconds to a minute, or what the source asks for. */
  readonly scale: Result['scale'];
  readonly key: Key;
  readonly control: Control;
  /** Tells the user what is going on, in one line. */
  readonly say: (line: string) => void;
}

/** What it found. */
export interface Findings {
  readonly rows: Row[];
  readonly checks: Check[];
  /** SVG pictures by file name. */
  readonly pictures: Readonly<Record<string, Html>>;
}

/** One table or figure of the literature. */
export interface Experiment {
  readonly name: string;
  readonly source: Source;
  /** What it shows, in one sentence. */
  readonly summary: string;
  run(run: Run): Promise<Findings>;
}
