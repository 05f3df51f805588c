import { DataError, OptionError } from '@pushforward/tensors';
import { toNumber } from './cells.js';
import type { CsvOptions } from './options.js';

/** What each column of a file is for. */
export interface Layout {
  /** The columns of the file. */
  readonly names: readonly string[];
  /** Whether the first row holds names, not values. */
  readonly hasHeader: boolean;
  /** Indices of the columns to model. */
  readonly features: readonly number[];
  readonly context: readonly number[];
  readonly target: number | undefined;
}

/** The layout of a file whose first row is `first`. */
export function layoutOf(where: string, first: readonly string[], options: CsvOptions): Layout {
  const hasHeader = options.header ?? first.every((cell) => Number.isNaN(toNumber(cell)));
  const names = first.map((cell, i) => (hasHeader && cell.trim()) || `x${i + 1}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new DataError(`${where}: two columns are named '${twice}'; rename one in the file.`);
  const indexOf = (name: string) => {
    const index = names.indexOf(name);
    if (index < 0)
      throw new OptionError(
        `${where}: there is no column '${name}'; the columns are ${names.join(', ')}.`,
      );
    return index;
  };
  const context = (options.context ?? []).map(indexOf);
  const target = options.target === undefined ? undefined : indexOf(options.target);
  const apart = new Set([...(options.omit ?? []).map(indexOf), ...context, target]);
  const rest = names.map((_, i) => i).filter((i) => !apart.has(i));
  const features = options.columns?.map(indexOf) ?? rest;
  if (features.length === 0)
    throw new DataError(
      `${where}: no column is left to model; it has ${names.length}: ${names.join(', ')}.`,
    );
  return { names, hasHeader, features, context, target };
}
