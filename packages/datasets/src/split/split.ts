import {
  type Batch,
  checkCount,
  checkOptions,
  DataError,
  type Key,
  OptionError,
} from '@pushforward/tensors';
import type { Preprocessing } from '../preprocessing/preprocessing.js';
import { batchOf, shuffledBatches } from './batches.js';
import { cut, cutFolds, type Fractions } from './partition.js';
import {
  checkFinite,
  checkNames,
  joinColumns,
  type Rows,
  rowCount,
  sliceRows,
  takeColumns,
  takeRows,
} from './rows.js';
import { type Target, targetColumns } from './target.js';

/** What a {@link Split} is made of. */
export interface SplitParts {
  /** `length * columns.length` finite numbers, row after row. */
  readonly x: Float32Array;
  /** The name of each column, all different. */
  readonly columns: readonly string[];
  /** What a model is told beside x, one row for each row of x. */
  readonly context?: Rows;
  /** A column that is set apart. */
  readonly target?: Target;
  /** What the table is called in messages. */
  readonly name?: string;
  /** Where the rows come from, and under which licence. */
  readonly source?: string;
}

/**
 * A table of numbers: what a model learns from, or is judged by.
 *
 * It lives on the host; `batch` and `batches` put rows on the engine. It never changes: every method that cuts,
 * selects or transforms returns another table.
 *
 * @example
 * ```ts
 * import { Split } from '@pushforward/datasets';
 * const heights = new Split({ x: Float32Array.of(1.8, 80, 1.6, 55), columns: ['m', 'kg'] });
 * const given = heights.given(['kg']); // a law of m given kg
 * ```
 */
export class Split implements Rows {
  readonly x: Float32Array;
  readonly columns: readonly string[];
  readonly features: number;
  /** Rows. */
  readonly length: number;
  /** What a model is told beside x. */
  readonly context?: Required<Rows>;
  /** A column that is set apart. */
  readonly target?: Target;
  /** What the table is called in messages. */
  readonly name: string;
  /** Where the rows come from, and under which licence. */
  readonly source: string;

  /** @throws DataError when the parts do not fit together, or a number is not finite */
  constructor(parts: SplitParts) {
    checkOptions('Split', parts, ['x', 'columns', 'context', 'target', 'name', 'source']);
    const { x, columns, context, target, name = 'data', source = 'given' } = parts;
    this.name = name;
    this.source = source;
    this.x = x;
    this.columns = columns;
    this.features = columns.length;
    this.length = rowCount(name, this);
    checkNames(name, columns);
    checkFinite(name, this);
    if (context !== undefined) {
      this.context = {
        columns: Array.from({ length: context.features }, (_, i) => `context${i + 1}`),
        ...context,
      };
      this.checkLength('context', rowCount(`${name}: context`, context));
      checkFinite(`${name}: context`, this.context);
    }
    if (target !== undefined) {
      this.target = target;
      this.checkLength('target', target.values.length);
    }
  }

  /** Numbers per context vector; 0 without a context. */
  get contextSize(): number {
    return this.context?.features ?? 0;
  }

  /**
   * The class of each row, as an index into `target.classes`.
   *
   * @throws DataError when the target is not a class
   */
  get labels(): Int32Array {
    if (this.target?.classes === undefined)
      throw new DataError(`${this.name}: there is no class column to take labels from.`);
    return Int32Array.from(this.target.values);
  }

  /** The rows `indices`, in that order. */
  subset(indices: ArrayLike<number>): Split {
    const { context, target } = this;
    return this.with({
      x: takeRows(this, indices),
      ...(context && { context: { ...context, x: takeRows(context, indices) } }),
      ...(target && {
        target: { ...target, values: takeRows({ x: target.values, features: 1 }, indices) },
      }),
    });
  }

  /** The rows from `start` up to, not including, `end`; they share their memory with this table. */
  slice(start: number, end = this.length): Split {
    const { context, target } = this;
    return this.with({
      x: sliceRows(this, start, end),
      ...(context && { context: { ...context, x: sliceRows(context, start, end) } }),
      ...(target && { target: { ...target, values: target.values.subarray(start, end) } }),
    });
  }

  /**
   * Only these columns, in this order; a numeric target may be among them.
   *
   * @throws DataError for a column that is not there
   */
  select(columns: readonly string[]): Split {
    return this.with(withoutCount(this.pick(columns, false)));
  }

  /**
   * Moves columns to the context, after those that are there: from a joint law to a conditional one. A class is
   * coded one-hot, so `iris().given(['species'])` has a context of three numbers.
   *
   * @throws DataError for a column that is not there, or when none would be left
   */
  given(columns: readonly string[]): Split {
    const picked = this.pick(columns, true);
    const rest = this.columns.filter((name) => !columns.includes(name));
    if (rest.length === 0)
      throw new DataError(`${this.name}: given ${columns.join(', ')}, no column is left to model.`);
    return this.with({
      ...withoutCount(this.pick(rest, false)),
      context: joinColumns(this.context ? [this.context, picked] : [picked]),
    });
  }

  /** The table after preprocessing of its columns, of its context, or of both. */
  transform(pieces: { x?: Preprocessing; context?: Preprocessing }): Split {
    checkOptions('transform', pieces, ['x', 'context']);
    if (pieces.context && !this.context)
      throw new OptionError(`${this.name}: there is no context to transform.`);
    return this.with({
      x: pieces.x ? pieces.x.apply(this) : this.x,
      ...(this.context && {
        context: {
          ...this.context,
          x: pieces.context ? pieces.context.apply(this.context) : this.context.x,
        },
      }),
    });
  }

  /**
   * All rows as one batch: x `[length, features]` and, where there is one, context `[length, contextSize]`. The
   * tensors are the caller's to dispose.
   */
  batch(): Batch {
    return batchOf(this);
  }

  /**
   * All rows in random order, `size` at a time; the same key gives the same batches. The tensors are the caller's to
   * dispose.
   *
   * @param options `dropLast`: leave out the last batch where it is short; by default it comes
   */
  batches(key: Key, size: number, options: { dropLast?: boolean } = {}): Iterable<Batch> {
    checkOptions('batches', options, ['dropLast']);
    checkCount('batches', 'the size', size, 1);
    return shuffledBatches(this, key, size, options.dropLast ?? false);
  }

  /** Two parts, cut at random. */
  trainTest(key: Key, test = 0.2): TrainTest {
    const [forTraining, forTest] = cut(key, this.length, [test]);
    return { train: this.subset(forTraining!), test: this.subset(forTest!) };
  }

  /** Three parts, cut at random. */
  partition(key: Key, fractions: Fractions): Dataset {
    checkOptions('partition', fractions, ['validation', 'test']);
    const { validation, test } = fractions;
    const [forTraining, forValidation, forTest] = cut(key, this.length, [validation, test]);
    return {
      name: this.name,
      source: this.source,
      train: this.subset(forTraining!),
      validation: this.subset(forValidation!),
      test: this.subset(forTest!),
    };
  }

  /** k-fold cross-validation: each row is in the test part of exactly one fold. */
  folds(key: Key, k: number): TrainTest[] {
    return cutFolds(key, this.length, k).map(({ train, test }) => ({
      train: this.subset(train),
      test: this.subset(test),
    }));
  }

  private with(parts: Partial<SplitParts>): Split {
    const { name, source, x, columns, context, target } = this;
    return new Split({
      name,
      source,
      x,
      columns,
      ...(context && { context }),
      ...(target && { target }),
      ...parts,
    });
  }

  /** Columns by name, a target among them where it may be read as numbers or, with `oneHot`, as a class. */
  private pick(names: readonly string[], oneHot: boolean): Required<Rows> {
    const { target } = this;
    if (names.length === 0) throw new DataError(`${this.name}: no column is named.`);
    return joinColumns(
      names.map((name) => {
        const index = this.columns.indexOf(name);
        if (index >= 0) return takeColumns(this, [index]);
        if (name !== target?.name) throw this.unknown(name);
        if (target.classes && !oneHot)
          throw new DataError(
            `${this.name}: '${name}' is a class, which has no density; condition on it with given(['${name}']).`,
          );
        return targetColumns(target);
      }),
    );
  }

  private unknown(name: string): DataError {
    const known = [...this.columns, ...(this.target ? [this.target.name] : [])];
    return new DataError(
      `${this.name}: there is no column '${name}'; the columns are ${known.join(', ')}.`,
    );
  }

  private checkLength(part: string, length: number): void {
    if (length !== this.length)
      throw new DataError(`${this.name}: ${this.length} rows of x, but ${length} of the ${part}.`);
  }
}

/** The parts of a table that a block of columns is. */
function withoutCount({ x, columns }: Required<Rows>): Pick<SplitParts, 'x' | 'columns'> {
  return { x, columns };
}

/** Data in two parts. */
export interface TrainTest {
  /** To learn from. */
  readonly train: Split;
  /** To judge by. */
  readonly test: Split;
}

/** Data in three parts. */
export interface Dataset extends TrainTest {
  /** What the data are called. */
  readonly name: string;
  /** Where the data come from, and under which licence. */
  readonly source: string;
  /** To stop by. */
  readonly validation: Split;
}
