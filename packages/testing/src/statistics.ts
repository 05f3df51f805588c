import { type Numbers, valuesOf } from './values.js';

/** sup_x |F_n(x) - F(x)|, the distance of Kolmogorov and Smirnov between a sample and a continuous law. */
export function kolmogorovSmirnov(sample: Numbers, cdf: (x: number) => number): number {
  const sorted = valuesOf(sample).sort((a, b) => a - b);
  const n = sorted.length;
  return sorted.reduce((worst, x, i) => {
    const F = cdf(x);
    return Math.max(worst, F - i / n, (i + 1) / n - F);
  }, 0);
}

/**
 * What the distance of {@link kolmogorovSmirnov} exceeds with probability at most `errorRate` when the sample has
 * the law: sqrt(log(2 / errorRate) / 2n) (Dvoretzky, Kiefer and Wolfowitz, with Massart's constant).
 *
 * A law that is further away than twice the bound passes with no greater probability. With 10^4 draws and 1e-9 the
 * bound is 0.033.
 */
export function dkwBound(n: number, errorRate = 1e-9): number {
  return Math.sqrt(Math.log(2 / errorRate) / (2 * n));
}
