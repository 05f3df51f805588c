import { checkOptions, OptionError } from '@pushforward/tensors';

/** How a table of text is to be read. */
export interface CsvOptions {
  /** Whether the first row names the columns; by default it does when none of its cells is a number. */
  readonly header?: boolean;
  /** What stands between cells; found in the file by default. */
  readonly delimiter?: string;
  /** The column to set apart as the target: numbers, or names of classes. */
  readonly target?: string;
  /** The columns to condition on. Numbers stay numbers; text is coded one-hot. */
  readonly context?: readonly string[];
  /** The columns to leave out. */
  readonly omit?: readonly string[];
  /** The columns, of target and context, whose values are names although they look like numbers. */
  readonly categorical?: readonly string[];
  /** What to do with a row that lacks a value: throw (by default), or drop it. */
  readonly missing?: 'throw' | 'drop';
  /** The name of the table; that of the file by default. */
  readonly name?: string;
}

const known = [
  'header',
  'delimiter',
  'target',
  'context',
  'omit',
  'categorical',
  'missing',
  'name',
] satisfies (keyof CsvOptions)[];

/** @throws OptionError for options that are unknown or contradict each other */
export function checkCsvOptions(options: CsvOptions): void {
  checkOptions('csv', options, known);
  const { target, context = [], omit = [], categorical = [], missing = 'throw' } = options;
  if (!['throw', 'drop'].includes(missing))
    throw new OptionError(`csv: missing must be 'throw' or 'drop', got '${missing}'.`);
  const roles = [...context, ...omit, ...(target === undefined ? [] : [target])];
  const twice = roles.find((name, i) => roles.indexOf(name) !== i);
  if (twice !== undefined)
    throw new OptionError(`csv: '${twice}' can be only one of target, context and omit.`);
  const loose = categorical.find((name) => name !== target && !context.includes(name));
  if (loose !== undefined)
    throw new OptionError(
      `csv: '${loose}' is categorical, which has no density; name it as target or context too, or omit it.`,
    );
}
