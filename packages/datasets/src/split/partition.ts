import { DataError, DomainError, type Key } from '@pushforward/tensors';

/** The shares of the rows that go to validation and test; the rest is for training. */
export interface Fractions {
  /** The share of validation, in (0, 1). */
  readonly validation: number;
  /** The share of the test, in (0, 1). */
  readonly test: number;
}

/**
 * The row numbers in random order, cut into parts.
 *
 * @param fractions shares of all parts but the first, which gets the rest
 * @throws DomainError for shares outside (0, 1) or that leave nothing for the first part
 * @throws DataError when a part would have no rows
 */
export function cut(key: Key, length: number, fractions: readonly number[]): Int32Array[] {
  const total = fractions.reduce((sum, fraction) => sum + fraction, 0);
  if (!fractions.every((fraction) => fraction > 0) || !(total < 1))
    throw new DomainError(
      `Split: the fractions must be positive and their sum below 1, got ${fractions.join(' + ')}.`,
    );
  const sizes = fractions.map((fraction) => Math.round(fraction * length));
  const first = length - sizes.reduce((sum, size) => sum + size, 0);
  if (Math.min(first, ...sizes) < 1)
    throw new DataError(
      `Split: ${length} rows are too few for shares of ${fractions.join(' and ')}: a part would be empty.`,
    );
  const order = key.permutation(length);
  let end = 0;
  return [first, ...sizes].map((size) => {
    end += size;
    return order.subarray(end - size, end);
  });
}

/**
 * The row numbers of k folds of equal size, up to one row, each with those of the rest.
 *
 * @throws DomainError unless k is an integer from 2 to the number of rows
 */
export function cutFolds(
  key: Key,
  length: number,
  k: number,
): { train: Int32Array; test: Int32Array }[] {
  if (!Number.isInteger(k) || k < 2 || k > length)
    throw new DomainError(`folds: k must be an integer in [2, ${length}], got ${k}.`);
  const order = key.permutation(length);
  return Array.from({ length: k }, (_, i) => {
    const start = Math.floor((i * length) / k);
    const end = Math.floor(((i + 1) * length) / k);
    const train = new Int32Array(length - (end - start));
    train.set(order.subarray(0, start));
    train.set(order.subarray(end), start);
    return { train, test: order.subarray(start, end) };
  });
}
