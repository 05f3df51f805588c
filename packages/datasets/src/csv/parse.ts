import { DataError } from '@pushforward/tensors';
import { joinColumns } from '../split/rows.js';
import { Split } from '../split/split.js';
import { targetColumns } from '../split/target.js';
import { isMissing, toNumber } from './cells.js';
import { MixedColumn, NumberList } from './columns.js';
import { type Layout, layoutOf } from './layout.js';
import { type CsvOptions, checkCsvOptions } from './options.js';
import { excerpt, forEachRecord } from './records.js';

/**
 * A table from text of comma-separated values (RFC 4180; the delimiter may be another, lines may end in any way).
 *
 * All columns but `target`, `context` and `omit` must hold numbers. A byte order mark is ignored.
 *
 * @throws DataError that names line, column and text for a row of another length, a missing value, a text where a
 * number belongs, a number beyond float32; for a constant column; for fewer than two rows (both only where the rows
 * are to be learned from)
 * @throws OptionError for options that are unknown, contradict each other or name no column
 *
 * @example
 * ```ts
 * import { parseCsv } from '@pushforward/datasets';
 * const table = parseCsv('height,weight,sex\n1.8,80,m\n1.6,55,f\n1.7,NA,f\n', {
 *   context: ['sex'],
 *   missing: 'drop',
 * });
 * // x [2, 2]: height, weight; context [2, 2]: sex=f, sex=m
 * ```
 */
export function parseCsv(text: string, options: CsvOptions = {}): Split {
  checkCsvOptions(options);
  const { name = 'csv text', delimiter } = options;
  let reader: Reader | undefined;
  forEachRecord(name, text, delimiter, (cells, line) => {
    if (reader !== undefined) reader.read(cells, line);
    else {
      reader = new Reader(name, layoutOf(name, cells, options), options, line());
      if (!reader.layout.hasHeader) reader.read(cells, line);
    }
  });
  if (reader === undefined) throw new DataError(`${name}: there is nothing in it.`);
  return reader.finish();
}

/** Takes rows as they come; keeps numbers, not text. */
class Reader {
  private readonly x = new NumberList();
  private readonly context: MixedColumn[];
  private readonly target: MixedColumn | undefined;
  private readonly used: number[];
  private rows = 0;
  private dropped = 0;

  constructor(
    private readonly where: string,
    readonly layout: Layout,
    private readonly options: CsvOptions,
    private readonly firstLine: number,
  ) {
    const mixed = (i: number) => {
      const name = layout.names[i]!;
      return new MixedColumn(name, options.categorical?.includes(name) ?? false);
    };
    const { features, context, target } = layout;
    this.context = context.map(mixed);
    this.target = target === undefined ? undefined : mixed(target);
    this.used = [...features, ...context, ...(target === undefined ? [] : [target])];
  }

  read(cells: readonly string[], line: () => number): void {
    const { names, features, context, target } = this.layout;
    if (cells.length !== names.length)
      throw new DataError(
        `${this.where}: line ${line()} has ${cells.length} cells, line ${this.firstLine} has ${names.length}: ` +
          `${excerpt(cells.join(','))}. Every row must have as many cells as the first; quote cells that hold the delimiter.`,
      );
    const missing = this.used.find((i) => isMissing(cells[i]!));
    if (missing !== undefined) {
      if (this.options.missing !== 'drop') throw this.missing(cells[missing]!, missing, line());
      this.dropped++;
      return;
    }
    for (const i of features) this.x.push(this.number(cells[i]!, i, line));
    for (const [j, i] of context.entries()) this.context[j]!.push(cells[i]!, line);
    if (target !== undefined) this.target!.push(cells[target]!, line);
    this.rows++;
  }

  finish(): Split {
    const { names, features } = this.layout;
    const least = this.options.purpose === 'scoring' ? 1 : 2;
    this.checkRows(least);
    const x = this.x.toArray();
    const columns = features.map((i) => names[i]!);
    if (least > 1) this.checkConstants(x, columns);
    const context = this.context.map((column) => targetColumns(column.toTarget(this.where)));
    return new Split({
      name: this.where,
      source: 'a table of comma-separated values',
      x,
      columns,
      ...(context.length > 0 && { context: joinColumns(context) }),
      ...(this.target && { target: this.target.toTarget(this.where) }),
    });
  }

  private number(cell: string, column: number, line: () => number): number {
    const value = toNumber(cell);
    if (Number.isFinite(Math.fround(value))) return value;
    const name = this.layout.names[column]!;
    const place = `${this.where}: line ${line()}, column '${name}': ${excerpt(cell)}`;
    if (!Number.isNaN(value))
      throw new DataError(`${place} is beyond the range of float32, 3.4e38; rescale the column.`);
    const hint =
      line() === this.firstLine
        ? ' If this line holds names, pass { header: true }.'
        : /^\s*-?\d+,\d+\s*$/.test(cell)
          ? ' Write decimals with a point.'
          : '';
    throw new DataError(
      `${place} is not a number. Correct it, leave the column out with { omit: ['${name}'] }, or condition on it ` +
        `with { context: ['${name}'] }.${hint}`,
    );
  }

  private missing(cell: string, column: number, line: number): DataError {
    const name = this.layout.names[column]!;
    return new DataError(
      `${this.where}: line ${line}, column '${name}': the value is missing (${excerpt(cell)}). Fill it in, drop such ` +
        `rows with { missing: 'drop' }, or leave the column out with { omit: ['${name}'] }.`,
    );
  }

  private checkRows(least: number): void {
    if (this.rows >= least) return;
    const dropped =
      this.dropped > 0 ? `, and ${this.dropped} with missing values were dropped` : '';
    throw new DataError(
      `${this.where}: there ${this.rows === 1 ? 'is 1 row' : 'are no rows'} of values${dropped}; at least ${least} ${least === 1 ? 'is' : 'are'} needed.`,
    );
  }

  private checkConstants(x: Float32Array, columns: readonly string[]): void {
    for (const [j, name] of columns.entries()) {
      let i = 1;
      while (i < this.rows && x[i * columns.length + j] === x[j]) i++;
      if (i === this.rows)
        throw new DataError(
          `${this.where}: column '${name}' is ${x[j]!} in all ${this.rows} rows, and a constant has no density. ` +
            `Leave it out with { omit: ['${name}'] }.`,
        );
    }
  }
}
