/** Series that stand for the engine's functions where normal numbers are drawn: the same digits everywhere. */

const indices = (count: number) => Array.from({ length: count }, (_, i) => i);
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** Coefficients of s^2 in atanh(s) / s, and of a^2 in sin(a) / a and cos(a): to 14 digits where they are needed. */
export const ATANH = indices(10).map((i) => 1 / (2 * i + 1));
export const SINE = indices(8).map((i) => (-1) ** i / factorial(2 * i + 1));
export const COSINE = indices(8).map((i) => (-1) ** i / factorial(2 * i));
/** What stands for 0 among the integers k of uniforms k / 2^23: they are 1e-7 at the least. */
export const LEAST = 1e-7 * 2 ** 23;
/** Where numbers are taken for f 2^e: f is between this and its double, and near 1. */
export const LEAST_FRACTION = Math.round(Math.SQRT1_2 * 2 ** 24) / 2 ** 24;
/** Of a step of 2^-23 turns; steps in a quarter of a turn have so many bits. */
export const RADIANS = (2 * Math.PI) / 2 ** 23;
export const QUARTER_BITS = 21;

/** A sum of powers. */
export function power(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!;
  return sum;
}
