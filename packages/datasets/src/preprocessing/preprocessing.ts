import type { Rows } from '../split/rows.js';

/** A preprocessing as plain data, for `loadPreprocessing`. */
export type PreprocessingConfig =
  | {
      /** Subtracts the mean of each column and divides by its standard deviation. */
      kind: 'standardise';
      /** Of each column. */
      mean: number[];
      /** Of each column. */
      sd: number[];
    }
  | {
      /** Multiplies. */
      kind: 'scale';
      /** By what. */
      factor: number;
    }
  | {
      /** Adds noise to integers. */
      kind: 'dequantise';
      /** The data are integers in [0, levels). */
      levels: number;
    }
  | {
      /** logit(alpha + (1 - 2 alpha) x). */
      kind: 'logit';
      /** How far the ends of the unit interval are moved inwards. */
      alpha: number;
    }
  | {
      /** One after the other. */
      kind: 'pipeline';
      /** In the order of `apply`. */
      steps: PreprocessingConfig[];
    };

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
