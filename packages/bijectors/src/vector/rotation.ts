import type { Key } from '@pushforward/tensors';

/** P L U of a matrix: (P z)_i = z_{order[i]}, L unit lower and U upper triangular. */
export interface Factors {
  readonly order: readonly number[];
  readonly lower: readonly (readonly number[])[];
  readonly upper: readonly (readonly number[])[];
}

/**
 * A random orthogonal matrix, uniform over all of them: Gram and Schmidt's process on normal draws.
 *
 * Source: Mezzadri, Notices AMS 54 (2007) 592, section 5.
 */
export function randomRotation(key: Key, size: number): number[][] {
  const draws = key.normal([size, size]);
  const rows = draws.arraySync() as number[][];
  draws.dispose();
  const basis: number[][] = [];
  for (const row of rows) {
    // Twice is enough for double precision.
    for (const other of [...basis, ...basis]) subtract(row, other, dot(row, other));
    const length = Math.hypot(...row);
    basis.push(row.map((entry) => entry / length));
  }
  return basis;
}

/** The factors of a matrix that is not singular, by elimination with partial pivoting. */
export function factorise(matrix: readonly (readonly number[])[]): Factors {
  const rows = matrix.map((row, i) => ({ from: i, upper: [...row], lower: row.map(() => 0) }));
  for (let k = 0; k < rows.length; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row) => (Math.abs(row.upper[k]!) > Math.abs(best.upper[k]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(k, 0, pivot);
    for (const row of rows.slice(k + 1)) {
      row.lower[k] = row.upper[k]! / pivot.upper[k]!;
      subtract(row.upper, pivot.upper, row.lower[k]!);
    }
  }
  const order = Array<number>(rows.length);
  for (const [to, { from }] of rows.entries()) order[from] = to;
  return { order, lower: rows.map((row) => row.lower), upper: rows.map((row) => row.upper) };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, entry, i) => sum + entry * b[i]!, 0);
}

/** a -= factor b. */
function subtract(a: number[], b: readonly number[], factor: number): void {
  for (const [i, entry] of b.entries()) a[i]! -= factor * entry;
}
