import { type Key, LoadError, PushforwardError } from '@pushforward/tensors';
import { dequantisation } from './dequantise.js';
import { logitTransform } from './logit.js';
import { pipeline } from './pipeline.js';
import type { Preprocessing } from './preprocessing.js';
import { scale } from './scale.js';
import { Standardisation } from './standardise.js';

/**
 * The preprocessing that `JSON.stringify` wrote down.
 *
 * @param config the parsed text
 * @param key needed only to apply a dequantisation again; undoing one needs none
 * @throws LoadError when it is not the description of a preprocessing
 */
export function loadPreprocessing(config: unknown, key?: Key): Preprocessing {
  try {
    return build(config, key);
  } catch (error) {
    if (!(error instanceof PushforwardError)) throw error;
    throw new LoadError(`This describes no preprocessing: ${error.message}`, { cause: error });
  }
}

function build(config: unknown, key: Key | undefined): Preprocessing {
  const { kind, mean, sd, factor, levels, alpha, steps } = record(config);
  switch (kind) {
    case 'standardise':
      return standardisation(numbers('mean', mean), numbers('sd', sd));
    case 'scale':
      return scale(number('factor', factor));
    case 'dequantise':
      return dequantisation(key, number('levels', levels));
    case 'logit':
      return logitTransform(number('alpha', alpha));
    case 'pipeline':
      return pipeline(list('steps', steps).map((step, i) => build(step, key?.foldIn(i))));
    default:
      throw unreadable('kind', kind);
  }
}

function standardisation(mean: number[], sd: number[]): Preprocessing {
  if (mean.length === 0 || mean.length !== sd.length || !sd.every((value) => value > 0))
    throw unreadable('sd', sd);
  return new Standardisation(mean, sd);
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw unreadable('the description', value);
  return value as Record<string, unknown>;
}

function number(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unreadable(name, value);
  return value;
}

function list(name: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw unreadable(name, value);
  return value;
}

function numbers(name: string, value: unknown): number[] {
  return list(name, value).map((item) => number(name, item));
}

function unreadable(name: string, value: unknown): LoadError {
  return new LoadError(
    `${name} cannot be ${value === undefined ? 'absent' : JSON.stringify(value)}.`,
  );
}
