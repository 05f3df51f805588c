import type { Estimate } from '@pushforward/metrics';
import { estimate } from './score.js';

/** Measurements or forecasts: `[pieces][times][numbers]`. */
export type Series = readonly (readonly (readonly number[])[])[];

/** Parts that a single long piece is judged in, so that it is known how far errors differ. */
const spans = 8;

/**
 * The mean squared error of the first numbers that are seen, of each piece; of a single piece in each of eight spans.
 *
 * @param judged how many numbers count
 */
export function squaredErrors(seen: Series, forecast: Series, judged: number): number[] {
  const squares = seen.map((piece, i) =>
    piece.map((numbers, t) => {
      const apart = numbers.slice(0, judged).map((x, k) => (x - forecast[i]![t]![k]!) ** 2);
      return mean(apart);
    }),
  );
  return (squares.length > 1 ? squares : spansOf(squares[0]!)).map(mean);
}

/** The root of a mean, whose error is that of the mean by twice the root. */
export function rootOfMean(squares: readonly number[]): Estimate {
  const found = estimate(squares);
  const root = Math.sqrt(found.mean);
  return { mean: root, standardError: found.standardError / (2 * root) };
}

/** The mean of each number over several lists of them. */
export function meanOfEach(lists: readonly (readonly number[])[]): number[] {
  return lists[0]!.map((_, i) => mean(lists.map((list) => list[i]!)));
}

function spansOf(values: readonly number[]): number[][] {
  const ends = Array.from({ length: spans + 1 }, (_, i) => Math.round((i * values.length) / spans));
  return ends.slice(1).map((end, i) => values.slice(ends[i], end));
}

function mean(values: readonly number[]): number {
  return estimate(values).mean;
}
