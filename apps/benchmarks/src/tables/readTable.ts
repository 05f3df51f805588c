import { type CsvOptions, csv, type Split } from '@pushforward/datasets';
import { DataError, OptionError } from '@pushforward/tensors';
import type { TableModel } from './tableModel.js';

/** What the command line says of a table. */
export interface TableOptions {
  readonly target?: string;
  readonly omit?: readonly string[];
  readonly categorical?: boolean;
  readonly missing?: 'throw' | 'drop';
}

/** A table to fit a model to. */
export function readTable(file: string, options: TableOptions): Promise<Split> {
  const { target, omit, missing, categorical } = options;
  if (categorical && target === undefined)
    throw new OptionError(
      '--categorical says that the target is a class: name the column with --target.',
    );
  return read(file, {
    ...(target !== undefined && { target }),
    ...(omit && { omit }),
    ...(missing && { missing }),
    ...(categorical && { categorical: [target!] }),
  });
}

/** A table for a model that exists: its columns, whatever else the file holds. */
export function readFor(
  model: TableModel,
  file: string,
  missing: 'throw' | 'drop',
): Promise<Split> {
  const { columns, target } = model.config;
  return read(file, {
    columns,
    missing,
    purpose: 'scoring',
    ...(target && { target: target.name }),
    ...(target?.classes && { categorical: [target.name] }),
  });
}

async function read(file: string, options: CsvOptions): Promise<Split> {
  try {
    return await csv(file, options);
  } catch (error) {
    if (error instanceof DataError) throw new DataError(inFlags(error.message), { cause: error });
    throw error;
  }
}

/** The library's advice, which names options of a function, in the flags of the command line. */
function inFlags(message: string): string {
  return message
    .replace(/\{ (omit|context): \[('[^']*')\] \}/g, (_, option, name) =>
      option === 'omit' ? `--omit ${String(name)}` : `--target ${String(name)}`,
    )
    .replace(/\{ categorical: \['[^']*'\] \}/g, '--categorical')
    .replace("{ missing: 'drop' }", '--missing drop');
}
