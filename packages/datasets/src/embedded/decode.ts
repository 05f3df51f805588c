import { Split } from '../split/split.js';

/** What a data set says of itself. */
interface Description {
  readonly name: string;
  readonly source: string;
  readonly columns: readonly string[];
  readonly target: { readonly name: string; readonly classes?: readonly string[] };
}

/** Rows of decimal numbers, the last of each the target. */
export function decodeDecimals(rows: string, description: Description): Split {
  return toSplit(
    rows.split('\n').map((row) => row.split(',').map(Number)),
    description,
  );
}

/** Rows of letters from a (0) on, then a digit that is the target. */
export function decodeLetters(rows: string, description: Description): Split {
  const base = 'a'.charCodeAt(0);
  return toSplit(
    rows
      .split('\n')
      .map((row) => [
        ...Array.from(row.slice(0, -1), (letter) => letter.charCodeAt(0) - base),
        Number(row.at(-1)),
      ]),
    description,
  );
}

function toSplit(rows: readonly number[][], { name, source, columns, target }: Description): Split {
  return new Split({
    name,
    source,
    x: Float32Array.from(rows.flatMap((row) => row.slice(0, -1))),
    columns,
    target: { ...target, values: Float32Array.from(rows, (row) => row.at(-1)!) },
  });
}
