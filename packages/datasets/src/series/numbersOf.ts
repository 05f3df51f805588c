import { DataError } from '@pushforward/tensors';

/**
 * Numbers in lines of `width`, between commas or blanks; lines that are empty or begin with `%` or `#` are no numbers.
 *
 * Not by the reader of tables: time wants float64.
 *
 * @param header lines to leave out before the first numbers
 * @throws DataError for a line of another width, or that holds something else
 */
export function numbersOf(where: string, text: string, width: number, header = 0): number[][] {
  const lines = text.split(/\r?\n/).filter((line) => /^\s*[^%#\s]/.test(line));
  return lines.slice(header).map((line, i) => {
    const cells = line
      .trim()
      .split(/\s*,\s*|\s+/)
      .slice(0, width)
      .map((cell) => (cell === '' ? Number.NaN : Number(cell)));
    if (cells.length < width || !cells.every(Number.isFinite))
      throw new DataError(
        `${where}: row ${i + 1}, '${line}', does not begin with ${width} numbers.`,
      );
    return cells;
  });
}
