import { DataError } from '@pushforward/tensors';

/** Numbers in rows: one row an example, one column a feature. */
export interface Rows {
  /** `length * features` numbers, row after row. */
  readonly x: Float32Array;
  /** Numbers in a row. */
  readonly features: number;
  /** What each number of a row is. */
  readonly columns?: readonly string[];
}

/**
 * How many rows there are.
 *
 * @throws DataError when the numbers do not fill whole rows, or something else was given, such as a tensor
 */
export function rowCount(where: string, { x, features }: Rows): number {
  if (!(Number.isInteger(features) && features > 0))
    throw new DataError(
      `${where}: features, the numbers in a row, must be an integer >= 1, got ${features}. ` +
        'The rows of a tensor t [n, D] are { x: t.dataSync(), features: D }.',
    );
  if (x.length % features !== 0)
    throw new DataError(`${where}: ${x.length} numbers do not make whole rows of ${features}.`);
  return x.length / features;
}

/** The rows `indices`, in that order. */
export function takeRows({ x, features }: Rows, indices: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(indices.length * features);
  for (let i = 0; i < indices.length; i++)
    taken.set(x.subarray(indices[i]! * features, (indices[i]! + 1) * features), i * features);
  return taken;
}

/** The rows from `start` to `end`, in the same memory. */
export function sliceRows({ x, features }: Rows, start: number, end: number): Float32Array {
  return x.subarray(start * features, end * features);
}

/** Blocks of columns side by side: row i of the result is row i of each block in turn. */
export function joinColumns(blocks: readonly Required<Rows>[]): Required<Rows> {
  const features = blocks.reduce((sum, block) => sum + block.features, 0);
  const length = blocks[0]!.x.length / blocks[0]!.features;
  const x = new Float32Array(length * features);
  let offset = 0;
  for (const block of blocks) {
    for (let i = 0; i < length; i++)
      x.set(block.x.subarray(i * block.features, (i + 1) * block.features), i * features + offset);
    offset += block.features;
  }
  return { x, features, columns: blocks.flatMap((block) => block.columns) };
}

/** The columns at `indices`, in that order. */
export function takeColumns(
  { x, features, columns }: Required<Rows>,
  indices: readonly number[],
): Required<Rows> {
  const length = x.length / features;
  const taken = new Float32Array(length * indices.length);
  for (let i = 0; i < length; i++)
    for (const [j, column] of indices.entries())
      taken[i * indices.length + j] = x[i * features + column]!;
  return { x: taken, features: indices.length, columns: indices.map((j) => columns[j]!) };
}

/** @throws DataError for two columns of one name */
export function checkNames(where: string, columns: readonly string[]): void {
  const seen = new Set<string>();
  const twice = columns.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw new DataError(`${where}: two columns are named '${twice}'.`);
}

/** @throws DataError that names row and column of a number that is not finite */
export function checkFinite(where: string, { x, features, columns }: Required<Rows>): void {
  let i = 0;
  while (i < x.length && Number.isFinite(x[i]!)) i++;
  if (i < x.length)
    throw new DataError(
      `${where}: row ${Math.floor(i / features)}, column '${columns[i % features]!}' is ${x[i]!}; ` +
        'every number must be finite.',
    );
}
