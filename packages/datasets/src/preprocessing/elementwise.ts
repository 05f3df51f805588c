import { type Rows, rowCount } from '../split/rows.js';
import { Preprocessing } from './preprocessing.js';

/** A map that takes each number by itself. */
export abstract class Elementwise extends Preprocessing {
  protected abstract readonly name: string;

  /** T(x) in column j. */
  protected abstract value(x: number, j: number): number;
  /** T^-1(y) in column j. */
  protected abstract inverse(y: number, j: number): number;
  /** log|T'(x)| in column j. */
  protected abstract logSlope(x: number, j: number): number;

  override apply(rows: Rows): Float32Array {
    this.check(rows);
    return rows.x.map((x, i) => this.value(x, i % rows.features));
  }

  override undo(rows: Rows): Float32Array {
    this.check(rows);
    return rows.x.map((y, i) => this.inverse(y, i % rows.features));
  }

  override logDet(rows: Rows): Float32Array {
    return Float32Array.from({ length: this.check(rows) }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < rows.features; j++)
        sum += this.logSlope(rows.x[i * rows.features + j]!, j);
      return sum;
    });
  }

  /** The number of rows; throws where they do not fit. */
  protected check(rows: Rows): number {
    return rowCount(this.name, rows);
  }
}
