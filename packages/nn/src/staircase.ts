/**
 * Products with matrices whose non-zero entries climb like stairs, as those of masked networks do: about half of such
 * a matrix is zero, and need not be multiplied.
 */
import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Neighbouring columns, and the neighbouring rows between which all their non-zero entries lie. */
interface Step {
  readonly columns: Range;
  readonly rows: Range;
}

/** From the first on, to the last but one. */
type Range = readonly [from: number, to: number];

/** The stairs of a matrix, looked at from its columns and from its rows. */
export interface Staircase {
  readonly shape: readonly [rows: number, columns: number];
  readonly byColumn: readonly Step[];
  /** The steps of the transpose. */
  readonly byRow: readonly Step[];
}

/** More steps spare hardly more, and each costs copies. */
const MOST_STEPS = 4;
/** Narrower products are not run at full speed. */
const LEAST_WIDTH = 128;
/** Below this part of the entries, the copies cost what is spared. */
const LEAST_SPARED = 0.2;

/**
 * The stairs in a matrix of which `isUsed(row, column)` tells the non-zero entries; undefined where climbing them spares
 * too little.
 */
export function staircaseOf(
  [rows, columns]: readonly [rows: number, columns: number],
  isUsed: (row: number, column: number) => boolean,
): Staircase | undefined {
  const byColumn = stepsOf(rows, columns, isUsed);
  const byRow = stepsOf(columns, rows, (column, row) => isUsed(row, column));
  const isWorthIt = [byColumn, byRow].every(
    (steps) => areaOf(steps) <= (1 - LEAST_SPARED) * rows * columns,
  );
  return isWorthIt ? { shape: [rows, columns], byColumn, byRow } : undefined;
}

/**
 * x W for a matrix W that is zero outside of its stairs.
 *
 * The gradient of W is computed on the stairs alone, and is zero elsewhere.
 *
 * @param x shape `[N, rows]`
 * @param w shape `[rows, columns]`
 * @returns shape `[N, columns]`
 */
export function staircaseProduct(x: Tensor, w: Tensor, stairs: Staircase): Tensor {
  return tf.customGrad((...all) => {
    const [x, w, save] = all as unknown as [Tensor, Tensor, (saved: Tensor[]) => void];
    save([x, w]);
    return {
      value: product(x, w, stairs),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, w] = saved as [Tensor, Tensor];
        return [productWithTranspose(dy, w, stairs), outerProduct(x, dy, stairs)];
      },
    };
  })(x, w);
}

function product(x: Tensor, w: Tensor, { byColumn }: Staircase): Tensor {
  return tf.concat(
    byColumn.map(({ rows, columns }) => tf.matMul(columnsOf(x, rows), partOf(w, rows, columns))),
    1,
  );
}

/** dy W', shape `[N, rows]`. */
function productWithTranspose(dy: Tensor, w: Tensor, { byRow }: Staircase): Tensor {
  return tf.concat(
    byRow.map(({ columns: rows, rows: columns }) =>
      tf.matMul(columnsOf(dy, columns), partOf(w, rows, columns), false, true),
    ),
    1,
  );
}

/** x' dy on the stairs, shape `[rows, columns]`. */
function outerProduct(x: Tensor, dy: Tensor, { byColumn, shape: [height] }: Staircase): Tensor {
  return tf.concat(
    byColumn.map(({ rows, columns }) => {
      const part = tf.matMul(columnsOf(x, rows), columnsOf(dy, columns), true, false);
      return tf.pad(part, [
        [rows[0], height - rows[1]],
        [0, 0],
      ]);
    }),
    1,
  );
}

function columnsOf(x: Tensor, [from, to]: Range): Tensor {
  return to - from === x.shape[1] ? x : tf.slice(x, [0, from], [-1, to - from]);
}

function partOf(w: Tensor, rows: Range, columns: Range): Tensor {
  return tf.slice(w, [rows[0], columns[0]], [rows[1] - rows[0], columns[1] - columns[0]]);
}

/** Columns in groups of nearly one size, each with the rows that it needs. */
function stepsOf(
  rows: number,
  columns: number,
  isUsed: (row: number, column: number) => boolean,
): Step[] {
  const count = Math.max(1, Math.min(MOST_STEPS, Math.floor(columns / LEAST_WIDTH)));
  const cut = (step: number) => Math.floor((step * columns) / count);
  return Array.from({ length: count }, (_, step) => {
    const range: Range = [cut(step), cut(step + 1)];
    return { columns: range, rows: usedRows(rows, range, isUsed) };
  });
}

/** The rows from the first to the last with a non-zero entry in one of the columns; one at least. */
function usedRows(
  rows: number,
  [from, to]: Range,
  isUsed: (row: number, column: number) => boolean,
): Range {
  let [first, last] = [rows - 1, 0];
  for (let row = 0; row < rows; row++)
    for (let column = from; column < to; column++)
      if (isUsed(row, column)) {
        first = Math.min(first, row);
        last = Math.max(last, row);
      }
  return first <= last ? [first, last + 1] : [0, 1];
}

function areaOf(steps: readonly Step[]): number {
  return steps.reduce(
    (area, { rows, columns }) => area + (rows[1] - rows[0]) * (columns[1] - columns[0]),
    0,
  );
}
