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
  /** The columns to model, in this order; by default all but target, context and omit. */
  readonly columns?: readonly string[];
  /** The columns, of target and context, whose values are names although they look like numbers. */
  readonly categorical?: readonly string[];
  /** What to do with a row that lacks a value: throw (by default), or drop it. */
  readonly missing?: 'throw' | 'drop';
  /**
   * What the rows are for: to learn from (by default), for which a constant column or fewer than two rows are
   * refused, or only to be scored by a model that exists.
   */
  readonly purpose?: 'learning' | 'scoring';
  /** The name of the table; that of the file by default. */
  readonly name?: string;
}

const known = [
  'header',
  'delimiter',
  'target',
  'context',
  'omit',
  'columns',
  'categorical',
  'missing',
  'purpose',
  'name',
] satisfies (keyof CsvOptions)[];

/** @throws OptionError for options that are unknown or contradict each other */
export function checkCsvOptions(options: CsvOptions): void {
  checkOptions('csv', options, known);
  const { target, context = [], omit = [], columns = [], categorical = [] } = options;
  const { missing = 'throw', purpose = 'learning' } = options;
  if (!['throw', 'drop'].includes(missing))
    throw new OptionError(`csv: missing must be 'throw' or 'drop', got '${missing}'.`);
  if (!['learning', 'scoring'].includes(purpose))
    throw new OptionError(`csv: purpose must be 'learning' or 'scoring', got '${purpose}'.`);
  const roles = [...context, ...omit, ...columns, ...(target === undefined ? [] : [target])];
  const twice = roles.find((name, i) => roles.indexOf(name) !== i);
  if (twice !== undefined)
    throw new OptionError(`csv: '${twice}' can be only one of columns, target, context and omit.`);
  const loose = categorical.find((name) => name !== target && !context.includes(name));
  if (loose !== undefined)
    throw new OptionError(
      `csv: '${loose}' is categorical, which has no density; name it as target or context too, or omit it.`,
    );
}
