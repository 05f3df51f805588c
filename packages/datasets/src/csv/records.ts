import { DataError } from '@pushforward/tensors';
import Papa from 'papaparse';

/** What a row is read with: its cells, and where it stands. */
type Visit = (cells: string[], line: () => number) => void;

/**
 * Calls `visit` with each row that is not blank, in order.
 *
 * @throws DataError when the text is not a table of cells
 */
export function forEachRecord(
  where: string,
  text: string,
  delimiter: string | undefined,
  visit: Visit,
): void {
  text = text.replace(/^\ufeff/, '');
  let start = 0;
  // Counted only for messages: a quoted cell may hold line breaks, so rows are not lines.
  const line = () => {
    const blank = /^[\r\n]*/.exec(text.slice(start))![0].length;
    return (text.slice(0, start + blank).match(/\r\n|\r|\n/g)?.length ?? 0) + 1;
  };
  Papa.parse<string[]>(text, {
    ...(delimiter === undefined ? {} : { delimiter }),
    skipEmptyLines: true,
    step: ({ data, errors, meta }) => {
      const broken = errors.find(({ type }) => type === 'Quotes');
      if (broken)
        throw new DataError(
          `${where}: line ${line()}: ${broken.message}: ${excerpt(data.at(-1)!)}. ` +
            'A quote inside a quoted cell must be doubled.',
        );
      visit(data, line);
      start = meta.cursor;
    },
  });
}

/** Text short enough for a message, in quotes. */
export function excerpt(text: string): string {
  return `'${text.length > 40 ? `${text.slice(0, 40)}...` : text}'`;
}
