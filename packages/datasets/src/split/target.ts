import type { Rows } from './rows.js';

/** A column that is set apart: the class of each row, or the number that a regression would predict. */
export interface Target {
  /** The name of the column. */
  readonly name: string;
  /** One number a row: the value, or the index of the class. */
  readonly values: Float32Array;
  /** The names of the classes, where the target is a class. */
  readonly classes?: readonly string[];
}

/** The target as columns to condition on: the number itself, or one column a class, 1 for the row's own and 0 elsewhere. */
export function targetColumns({ name, values, classes }: Target): Required<Rows> {
  if (classes === undefined) return { x: values, features: 1, columns: [name] };
  const x = new Float32Array(values.length * classes.length);
  for (const [i, value] of values.entries()) x[i * classes.length + value] = 1;
  return { x, features: classes.length, columns: classes.map((label) => `${name}=${label}`) };
}
