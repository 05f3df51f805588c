import type { Rows } from '../split/rows.js';

/** A preprocessing as plain data, for `loadPreprocessing`. */
export type PreprocessingConfig =
  | { kind: 'standardise'; mean: number[]; sd: number[] }
  | { kind: 'scale'; factor: number }
  | { kind: 'dequantise'; levels: number }
  | { kind: 'logit'; alpha: number }
  | { kind: 'pipeline'; steps: PreprocessingConfig[] };

/**
 * An invertible map of rows of data to the rows that a model sees, y = T(x).
 *
 * A density q of y gives the density of the data: log p(x) = log q(T(x)) + log|det dT/dx|. Everything happens on the
 * host, in float64 inside and float32 outside; `JSON.stringify` gives what {@link loadPreprocessing} reads.
 */
export abstract class Preprocessing {
  /**
   * T(x).
   *
   * @param rows `[n, D]`
   * @returns `[n, D]`
   */
  abstract apply(rows: Rows): Float32Array;

  /**
   * T^-1(y).
   *
   * @param rows `[n, D]`, such as samples of a model
   * @returns `[n, D]`
   */
  abstract undo(rows: Rows): Float32Array;

  /**
   * log|det dT/dx| at each row of data, in nats.
   *
   * @param rows `[n, D]`, before preprocessing
   * @returns `[n]`
   */
  abstract logDet(rows: Rows): Float32Array;

  /** Plain data from which {@link loadPreprocessing} makes it again. */
  abstract toJSON(): PreprocessingConfig;
}
