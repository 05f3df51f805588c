import {
  checkAbove,
  checkCount,
  checkOptions,
  type Key,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import { type Rows, readBoth, readRows } from './matrix.js';

/** Options of {@link maximumMeanDiscrepancy}. */
export interface DiscrepancyOptions {
  /** Width s of the kernel exp(-|x - y|^2 / 2 s^2); the median of all distances by default. */
  readonly bandwidth?: number;
}

/** Options of {@link slicedWasserstein}. */
export interface SlicedOptions {
  /** How many random directions; 100 by default. */
  readonly directions?: number;
  /** p of the cost |x - y|^p; 2 by default. */
  readonly order?: 1 | 2;
}

/**
 * The squared maximum mean discrepancy of two samples under a Gaussian kernel, without bias:
 * mean k(x, x') + mean k(y, y') - 2 mean k(x, y) over distinct rows. It is 0 on average for equal laws, and may be
 * negative.
 *
 * Takes (N + M)^2 D operations, in double precision.
 *
 * Source: Gretton et al., "A kernel two-sample test", JMLR 13 (2012), eq. 3.
 *
 * @param x shape `[N, D]`
 * @param y shape `[M, D]`
 * @throws DataError for fewer than two rows, or numbers that are not finite; ShapeError for rows of different sizes
 */
export async function maximumMeanDiscrepancy(
  x: Tensor,
  y: Tensor,
  options: DiscrepancyOptions = {},
): Promise<number> {
  checkOptions('maximumMeanDiscrepancy', options, ['bandwidth']);
  const [a, b] = await readBoth('maximumMeanDiscrepancy', x, y);
  const width = options.bandwidth ?? medianDistance(a, b);
  checkAbove('maximumMeanDiscrepancy', 'bandwidth', width, 0);
  const kernel = (squared: number) => Math.exp(-squared / (2 * width ** 2));
  return meanWithin(a, kernel) + meanWithin(b, kernel) - 2 * meanBetween(a, b, kernel);
}

/**
 * The energy distance of two samples, 2 E|x - y| - E|x - x'| - E|y - y'|, over all pairs of rows: 0 only for equal
 * samples.
 *
 * Takes (N + M)^2 D operations, in double precision.
 *
 * Source: Szekely and Rizzo, "Energy statistics", Journal of Statistical Planning and Inference 143 (2013), eq. 2.
 *
 * @param x shape `[N, D]`
 * @param y shape `[M, D]`
 * @throws DataError for fewer than two rows, or numbers that are not finite; ShapeError for rows of different sizes
 */
export async function energyDistance(x: Tensor, y: Tensor): Promise<number> {
  const [a, b] = await readBoth('energyDistance', x, y);
  // Within a sample a row is also a partner of its own, at distance 0.
  const within = (rows: Rows) => meanWithin(rows, Math.sqrt) * (1 - 1 / rows.count);
  return 2 * meanBetween(a, b, Math.sqrt) - within(a) - within(b);
}

/**
 * The sliced Wasserstein distance of two samples of one size, (mean over directions of W_p^p)^(1/p), where W_p^p of
 * the projections is the mean of |x_(i) - y_(i)|^p over sorted rows.
 *
 * Source: Bonneel et al., "Sliced and Radon Wasserstein barycenters of measures", JMIV 51 (2015), eq. 6.
 *
 * @param key chooses the directions
 * @param x shape `[N, D]`
 * @param y shape `[N, D]`
 * @throws DataError for fewer than two rows, or numbers that are not finite; ShapeError for samples of different sizes
 */
export async function slicedWasserstein(
  key: Key,
  x: Tensor,
  y: Tensor,
  options: SlicedOptions = {},
): Promise<number> {
  checkOptions('slicedWasserstein', options, ['directions', 'order']);
  const { directions = 100, order = 2 } = options;
  checkCount('slicedWasserstein', 'directions', directions, 1);
  if (![1, 2].includes(order))
    throw new OptionError(`slicedWasserstein: order must be 1 or 2, got ${order}.`);
  const [a, b] = await readBoth('slicedWasserstein', x, y);
  const noise = key.normal([directions, a.size]);
  const rows = await readRows('slicedWasserstein', noise, 1);
  noise.dispose();
  return alongDirections(a, b, rows, order);
}

/** The distance along given directions, of any length. */
export function alongDirections(a: Rows, b: Rows, directions: Rows, order: number): number {
  if (a.count !== b.count)
    throw new ShapeError(
      `slicedWasserstein: samples must be of one size, got ${a.count} and ${b.count} rows.`,
    );
  let total = 0;
  for (let k = 0; k < directions.count; k++) {
    const direction = directions.values.subarray(k * a.size, (k + 1) * a.size);
    const length = Math.hypot(...direction);
    const [p, q] = [a, b].map((rows) => project(rows, direction).sort());
    for (let i = 0; i < a.count; i++) total += (Math.abs(p![i]! - q![i]!) / length) ** order;
  }
  return (total / directions.count / a.count) ** (1 / order);
}

/** The lengths of rows along a direction. */
function project({ count, size, values }: Rows, direction: Float64Array): Float64Array {
  return Float64Array.from({ length: count }, (_, i) =>
    direction.reduce((sum, d, k) => sum + d * values[i * size + k]!, 0),
  );
}

function squaredDistance(a: Rows, i: number, b: Rows, j: number): number {
  let sum = 0;
  for (let k = 0; k < a.size; k++)
    sum += (a.values[i * a.size + k]! - b.values[j * a.size + k]!) ** 2;
  return sum;
}

/** The mean of f(|a_i - b_j|^2). */
function meanBetween(a: Rows, b: Rows, f: (squared: number) => number): number {
  let sum = 0;
  for (let i = 0; i < a.count; i++)
    for (let j = 0; j < b.count; j++) sum += f(squaredDistance(a, i, b, j));
  return sum / a.count / b.count;
}

/** The mean of f(|a_i - a_j|^2) over i != j. */
function meanWithin(a: Rows, f: (squared: number) => number): number {
  let sum = 0;
  for (let i = 0; i < a.count; i++)
    for (let j = 0; j < i; j++) sum += f(squaredDistance(a, i, a, j));
  return (2 * sum) / a.count / (a.count - 1);
}

/** The median of the distances between all rows of both samples. */
function medianDistance(a: Rows, b: Rows): number {
  const values = new Float64Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  const pooled = { ...a, count: a.count + b.count, values };
  const squares = new Float64Array((pooled.count * (pooled.count - 1)) / 2);
  let at = 0;
  for (let i = 0; i < pooled.count; i++)
    for (let j = 0; j < i; j++) squares[at++] = squaredDistance(pooled, i, pooled, j);
  squares.sort();
  const middle = squares.length / 2;
  return (
    (Math.sqrt(squares[Math.floor(middle - 0.5)]!) + Math.sqrt(squares[Math.floor(middle)]!)) / 2
  );
}
