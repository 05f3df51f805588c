import { DataError, ShapeError } from '@pushforward/tensors';
import { type Rows, rowCount } from '../split/rows.js';
import { Elementwise } from './elementwise.js';
import type { Preprocessing, PreprocessingConfig } from './preprocessing.js';

/** y_j = (x_j - mean_j) / sd_j. */
export class Standardisation extends Elementwise {
  protected override readonly name = 'standardise';

  constructor(
    private readonly mean: readonly number[],
    private readonly sd: readonly number[],
  ) {
    super();
  }

  override toJSON(): PreprocessingConfig {
    return { kind: 'standardise', mean: [...this.mean], sd: [...this.sd] };
  }

  protected override value(x: number, j: number): number {
    return (x - this.mean[j]!) / this.sd[j]!;
  }

  protected override inverse(y: number, j: number): number {
    return y * this.sd[j]! + this.mean[j]!;
  }

  protected override logSlope(_x: number, j: number): number {
    return -Math.log(this.sd[j]!);
  }

  protected override check(rows: Rows): number {
    const count = super.check(rows);
    if (rows.features !== this.mean.length)
      throw new ShapeError(
        `standardise: fit to ${this.mean.length} columns, got rows of ${rows.features}.`,
      );
    return count;
  }
}

/**
 * y = (x - mean) / sd column by column, with the mean and the standard deviation (of divisor n) of `rows`.
 *
 * @param rows `[n, D]`, the training part: `standardise(train)`, or `standardise(train.context)` for a context
 * @throws DataError when a column is constant, or there are no rows
 */
export function standardise(rows: Rows): Preprocessing {
  const count = rowCount('standardise', rows);
  if (count === 0) throw new DataError('standardise: there are no rows to take the mean of.');
  const moments = Array.from({ length: rows.features }, (_, j) => momentsOf(rows, j, count));
  return new Standardisation(
    moments.map(({ mean }) => mean),
    moments.map(({ sd }) => sd),
  );
}

function momentsOf({ x, features, columns }: Rows, j: number, count: number) {
  const column = Float64Array.from({ length: count }, (_, i) => x[i * features + j]!);
  const mean = column.reduce((sum, value) => sum + value, 0) / count;
  if (column.every((value) => value === column[0]))
    throw new DataError(
      `standardise: column ${columns ? `'${columns[j]!}'` : j} is ${column[0]!} in all ${count} rows; ` +
        'a constant has no scale. Leave the column out.',
    );
  const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  return { mean, sd: Math.sqrt(variance) };
}
