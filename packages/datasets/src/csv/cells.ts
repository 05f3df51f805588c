const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** What tables write where a value is missing; compared in lower case. */
const MISSING = new Set(['', 'na', 'n/a', '#n/a', 'nan', 'null', 'none', '?', '-']);

/** Whether a cell says that there is no value. */
export function isMissing(cell: string): boolean {
  const first = cell.charCodeAt(0);
  const digit = first >= 48 && first <= 57; // decides nearly every cell of a table of numbers
  return !digit && MISSING.has(cell.trim().toLowerCase());
}

/** The number that a cell holds; NaN for any other text. */
export function toNumber(cell: string): number {
  return NUMBER.test(cell) ? Number(cell) : Number.NaN;
}
