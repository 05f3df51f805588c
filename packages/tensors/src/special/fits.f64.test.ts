import '@pushforward/testing/float64';
import '@pushforward/testing';
import type { Tolerance } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import * as plain from '../../test/special.js';
import type { Tensor } from '../types.js';
import { erf, erfc } from './erf.js';
import { digamma, lgamma } from './gamma.js';
import { logNdtr } from './normal.js';
import { ndtri } from './quantile.js';

/** Numbers at even distances. */
const even = (low: number, high: number, count = 4000) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.37)) / count);

interface Row {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  readonly exact: (x: number, guess: number) => number;
  readonly points: readonly number[];
  readonly tolerance: Tolerance;
}

// In double precision nothing is left of an error but that of the polynomials: float32's own, of 6e-8 an operation,
// would hide a wrong digit at the end of a coefficient.
const rows: Row[] = [
  { name: 'erf', f: erf, exact: plain.erf, points: even(0, 3.9), tolerance: { rel: 4e-8 } },
  { name: 'erfc', f: erfc, exact: plain.erfc, points: even(-3, 9), tolerance: { rel: 3.5e-9 } },
  {
    name: 'logNdtr',
    f: logNdtr,
    exact: plain.logNdtr,
    points: even(-30, 6),
    tolerance: { rel: 5e-9 },
  },
  {
    name: 'lgamma',
    f: lgamma,
    exact: plain.lgamma,
    points: even(0.5, 30),
    tolerance: { abs: 2.5e-8 },
  },
  {
    name: 'digamma',
    f: digamma,
    exact: plain.digamma,
    points: even(0.5, 30),
    tolerance: { abs: 1e-9 },
  },
  { name: 'ndtri', f: ndtri, exact: plain.ndtri, points: even(0, 1), tolerance: { rel: 5e-8 } },
];

it.each(rows)('the polynomials of $name are as near as they say', (row) => {
  const got = row.f(tf.tensor1d([...row.points]));
  const guesses = got.dataSync();
  const expected = row.points.map((x, i) => row.exact(x, guesses[i]!));
  expect(got).toBeAllClose(expected, row.tolerance);
});
