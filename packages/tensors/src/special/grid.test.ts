import { onEachEngine, type Tolerance } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import * as plain from '../../test/special.js';
import type { Tensor } from '../types.js';
import { erf, erfc } from './erf.js';
import { digamma, lgamma } from './gamma.js';
import { log1mexp } from './log1mexp.js';
import { logNdtr, ndtr } from './normal.js';
import { erfinv, ndtri } from './quantile.js';

interface Row {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  /** In double precision; inverses are polished from what `f` gives. */
  readonly exact: (x: number, guess: number) => number;
  readonly points: readonly number[];
  /** Below 1.2e-38, which engines may flush, nothing is asked. */
  readonly tolerance: Tolerance;
}

/** Numbers at even distances, off the places where formulas change. */
function even(low: number, high: number, count: number): number[] {
  const step = (high - low) / count;
  return Array.from({ length: count }, (_, i) => Math.fround(low + step * (i + 0.37)));
}

/** Numbers at even ratios. */
function ratios(low: number, high: number, count: number): number[] {
  return even(Math.log(low), Math.log(high), count).map((x) => Math.fround(Math.exp(x)));
}

const nextToOne = ratios(1e-7, 0.5, 500).map((gap) => Math.fround(1 - gap));
const unit = [...even(0, 1, 4000), ...ratios(1e-37, 0.5, 1000), ...nextToOne];

const rows: Row[] = [
  { name: 'erf', f: erf, exact: plain.erf, points: [...even(-5, 5, 3000), ...unit] },
  { name: 'erfinv', f: erfinv, exact: plain.erfinv, points: [...even(-1, 0, 2000), ...unit] },
  { name: 'ndtri', f: ndtri, exact: plain.ndtri, points: unit },
  {
    name: 'log1mexp',
    f: log1mexp,
    exact: plain.log1mexp,
    points: [...even(0, 30, 4000), ...ratios(1e-37, 80, 600)],
  },
  {
    name: 'logNdtr far below',
    f: logNdtr,
    exact: plain.logNdtr,
    points: ratios(10, 1e15, 300).map((x) => -x),
  },
].map((row) => ({ ...row, tolerance: { rel: 4e-7 } }));

rows.push(
  // e^(-x^2), where x^2 has been rounded: up to 4e-6.
  ...[
    { name: 'erfc', f: erfc, exact: plain.erfc, points: even(-5, 9, 4000) },
    { name: 'ndtr', f: ndtr, exact: plain.ndtr, points: even(-12, 6, 4000) },
    { name: 'logNdtr', f: logNdtr, exact: plain.logNdtr, points: even(-30, 12, 6000) },
  ].map((row) => ({ ...row, tolerance: { rel: 5e-6 } })),
  // Zeros, to an absolute error.
  ...[
    { name: 'lgamma', f: lgamma, exact: plain.lgamma },
    { name: 'digamma', f: digamma, exact: plain.digamma },
  ].map((row) => ({
    ...row,
    points: [...even(0, 20, 4000), ...ratios(1e-30, 1e30, 600)],
    tolerance: { abs: 5e-7, rel: 3e-7 },
  })),
  // Differences of terms as large as 15, and of the slopes at poles.
  ...[
    { name: 'lgamma below 0', f: lgamma, exact: plain.lgamma },
    { name: 'digamma below 0', f: digamma, exact: plain.digamma },
  ].map((row) => ({ ...row, points: even(-10, 0, 2000), tolerance: { abs: 4e-6, rel: 3e-7 } })),
);

onEachEngine((engine) => {
  // Its logarithms, exponentials and reciprocals are off by up to two units in the last place.
  const share = engine === 'tensorflow' ? 1.5 : 1;

  it.each(rows)('$name is right on a fine grid', ({ f, exact, points, tolerance }) => {
    const x = points.filter((x) => x < 1 || x > 1);
    const got = f(tf.tensor1d(x));
    const guesses = got.dataSync();
    const expected = x.map((x, i) => exact(x, guesses[i]!));
    const { abs = 1.2e-38, rel = 0 } = tolerance;
    expect(got).toBeAllClose(expected, { abs, rel: share * rel });
  });
});
