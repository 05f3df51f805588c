import { DataError } from '@pushforward/tensors';
import type { Target } from '../split/target.js';
import { toNumber } from './cells.js';
import { excerpt } from './records.js';

/** Numbers that arrive one by one. */
export class NumberList {
  private values = new Float32Array(1024);
  private count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = new Float32Array(2 * this.count);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }

  toArray(): Float32Array {
    return this.values.slice(0, this.count);
  }
}

/** A cell that could not be read as a number, for the message. */
interface Cell {
  readonly text: string;
  readonly line: number;
}

/** A column of target or context: all numbers, or all names. */
export class MixedColumn {
  private readonly cells: string[] = [];
  private firstNumber: Cell | undefined;
  private firstText: Cell | undefined;

  constructor(
    readonly name: string,
    private readonly categorical: boolean,
  ) {}

  push(text: string, line: () => number): void {
    this.cells.push(text);
    if (this.categorical) return;
    if (Number.isNaN(toNumber(text))) this.firstText ??= { text, line: line() };
    else this.firstNumber ??= { text, line: line() };
  }

  /** @throws DataError when some cells are numbers and some are not */
  toTarget(where: string): Target {
    const { name, cells, firstNumber, firstText } = this;
    if (firstNumber && firstText)
      throw new DataError(
        `${where}: column '${name}' mixes numbers and text: ${excerpt(firstNumber.text)} in line ` +
          `${firstNumber.line}, ${excerpt(firstText.text)} in line ${firstText.line}. Correct one, or say that ` +
          `all are names with { categorical: ['${name}'] }.`,
      );
    if (firstNumber) return { name, values: Float32Array.from(cells, Number) };
    const names = cells.map((cell) => cell.trim());
    const classes = [...new Set(names)].sort(byNumberThenName);
    const index = new Map(classes.map((label, i) => [label, i]));
    return { name, values: Float32Array.from(names, (label) => index.get(label)!), classes };
  }
}

function byNumberThenName(a: string, b: string): number {
  const difference = toNumber(a) - toNumber(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : 1;
}
