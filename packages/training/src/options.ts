import type { CompileOptions } from '@pushforward/compile';
import {
  type Batch,
  checkCount,
  checkOptions,
  DataError,
  DomainError,
  type EpochReport,
  type Key,
  OptionError,
} from '@pushforward/tensors';
import type * as tf from '@tensorflow/tfjs';
import type { AdamOptions } from './adam.js';
import type { Progress, StepReport } from './progress.js';
import { constant, type Schedule } from './schedules.js';

/** Rows to learn from; a `Split` of `@pushforward/datasets` is one. */
export interface TrainingData {
  /** Number of rows. */
  readonly length: number;
  /**
   * Every row once, in an order given by the key, `size` rows at a time; the last batch may be smaller.
   *
   * The reader disposes each batch.
   */
  batches(key: Key, size: number): Iterable<Batch>;
}

/** What `fit` learns from, and what it judges the weights by. */
export interface FitData {
  /** What the weights are fitted to. */
  readonly train: TrainingData;
  /** What decides which weights are kept, and when to stop. */
  readonly validation?: TrainingData;
}

/** Options of {@link fit}. */
export interface FitOptions {
  /** Source of the order of batches and of whatever the loss draws. */
  readonly key: Key;
  /** Passes over the training rows, integer >= 0; 100 by default. */
  readonly epochs?: number;
  /** Most steps to take, integer >= 0; no bound by default. */
  readonly steps?: number;
  /** Rows per step, integer >= 1; 128 by default. */
  readonly batchSize?: number;
  /** Step size, > 0; 1e-3 by default. */
  readonly learningRate?: number;
  /** Factor of the learning rate over the run; 1 by default. */
  readonly schedule?: Schedule;
  /** The other settings of {@link Adam}, by default those that the learner asks for; with a `weightDecay` it is AdamW. */
  readonly adam?: AdamOptions;
  /** Largest norm of all gradients together, > 0; unbounded by default. */
  readonly clipNorm?: number;
  /**
   * Decay of an exponential moving average of the weights, in (0, 1); none by default. Validation judges the
   * averaged weights, and they are what the learner holds afterwards.
   */
  readonly averageDecay?: number;
  /**
   * Whether the weights of the epoch with the lowest validation loss are kept rather than the last ones; by default
   * they are when there is a validation split.
   */
  readonly keepBest?: boolean;
  /** Stop after so many epochs without a lower validation loss, integer >= 1; never by default. */
  readonly patience?: number;
  /**
   * Whether steps run as recorded programs, in native code where ONNX Runtime is installed; true by default, options
   * of `compile` for more. A learner whose loss reads tensors or decides in JavaScript from step to step needs false.
   */
  readonly compile?: boolean | CompileOptions;
  /** Where the state of the run is saved, such as `file://checkpoints/run`; nowhere by default. */
  readonly checkpoint?: string | tf.io.IOHandler;
  /** Save it whenever so many seconds have passed, >= 0, and at the end; 30 by default. */
  readonly checkpointSeconds?: number;
  /** Go on from the checkpoint, if there is one; false by default. */
  readonly resume?: boolean;
  /** Stops the run: the state is saved where there is a checkpoint, and `fit` returns. */
  readonly signal?: AbortSignal;
  /** Shows how far the run is, such as {@link terminalProgress}. */
  readonly progress?: Progress;
  /** Called for every step, in order; several steps may have been done before a report comes. */
  readonly onStep?: (report: StepReport) => void;
  /** Called after every epoch; a promise is awaited. */
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>;
}

const defaults = {
  epochs: 100,
  steps: Number.POSITIVE_INFINITY,
  batchSize: 128,
  learningRate: 1e-3,
  schedule: constant(),
  checkpointSeconds: 30,
  compile: true,
  resume: false,
} as const satisfies Partial<FitOptions>;

const others = [
  'key',
  'adam',
  'clipNorm',
  'averageDecay',
  'keepBest',
  'patience',
  'checkpoint',
  'signal',
  'progress',
  'onStep',
  'onEpoch',
] as const satisfies readonly (keyof FitOptions)[];

/** The options with every default filled in. */
export type Settings = FitOptions & Required<Pick<FitOptions, keyof typeof defaults | 'keepBest'>>;

/** Checks the options one by one and against each other. */
export function settingsOf(options: FitOptions, data: FitData): Settings {
  checkOptions('fit', options, [...Object.keys(defaults), ...others]);
  checkOptions('fit: data', data, ['train', 'validation']);
  const validated = data.validation !== undefined;
  const settings: Settings = { ...defaults, keepBest: validated, ...withoutUndefined(options) };

  checkCount('fit', 'epochs', settings.epochs, 0);
  if (settings.steps !== Number.POSITIVE_INFINITY) checkCount('fit', 'steps', settings.steps, 0);
  checkCount('fit', 'batchSize', settings.batchSize, 1);
  if (settings.patience !== undefined) checkCount('fit', 'patience', settings.patience, 1);
  check('learningRate', settings.learningRate, 'finite and > 0', (x) => x > 0 && x < Infinity);
  check('clipNorm', settings.clipNorm, '> 0', (x) => x > 0);
  check('averageDecay', settings.averageDecay, 'in (0, 1)', (x) => x > 0 && x < 1);
  check('checkpointSeconds', settings.checkpointSeconds, '>= 0', (x) => x >= 0);

  const needs = (option: string, asked: boolean, what: string, there: boolean) => {
    if (asked && !there) throw new OptionError(`fit: '${option}' needs ${what}, got none.`);
  };
  const saved = settings.checkpoint !== undefined;
  needs('keepBest', settings.keepBest, 'a validation split', validated);
  needs('patience', settings.patience !== undefined, 'a validation split', validated);
  needs('resume', settings.resume, "a 'checkpoint'", saved);
  needs('checkpointSeconds', options.checkpointSeconds !== undefined, "a 'checkpoint'", saved);

  for (const [name, split] of [
    ['train', data.train],
    ['validation', data.validation],
  ] as const)
    if (split?.length === 0)
      throw new DataError(`fit: the ${name} split must have at least one row, got none.`);
  return settings;
}

function check(
  name: string,
  value: number | undefined,
  rule: string,
  holds: (value: number) => boolean,
): void {
  if (value !== undefined && !holds(value))
    throw new DomainError(`fit: ${name} must be ${rule}, got ${value}.`);
}

/** An option that is undefined is one that is not given. */
function withoutUndefined(options: FitOptions): FitOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as FitOptions;
}
