import { expect } from 'vitest';
import { type Numbers, shapeOf, valuesOf } from './values.js';

/** How far a number may be from the expected one: |got - expected| <= abs + rel |expected|. */
export interface Tolerance {
  readonly abs?: number;
  readonly rel?: number;
}

declare module 'vitest' {
  interface Matchers<T> {
    /**
     * Tensors, typed arrays, nested arrays or numbers whose every entry is within the tolerance of the expected one.
     *
     * Shapes must agree; a single expected number stands for every entry. NaN equals NaN, infinities equal themselves.
     */
    toBeAllClose(expected: Numbers, tolerance: Tolerance): T;
  }
}

expect.extend({
  toBeAllClose(received: Numbers, expected: Numbers, tolerance: Tolerance) {
    const complaint = mismatch(received, expected, tolerance);
    return {
      pass: complaint === undefined,
      message: () => complaint ?? 'every entry is within the tolerance',
    };
  },
});

/** What is wrong with `received`, worst entry first; undefined if nothing is. */
function mismatch(
  received: Numbers,
  expected: Numbers,
  { abs = 0, rel = 0 }: Tolerance,
): string | undefined {
  const got = valuesOf(received);
  const shape = shapeOf(received) ?? [got.length];
  const want = typeof expected === 'number' ? got.map(() => expected) : valuesOf(expected);
  const wantShape = typeof expected === 'number' ? shape : (shapeOf(expected) ?? [want.length]);
  // A typed array has no shape of its own; its length must do.
  const flat = shapeOf(received) === undefined || shapeOf(expected) === undefined;
  if (got.length !== want.length || !(flat || shape.join() === wantShape.join()))
    return `expected shape [${wantShape.join(', ')}], got [${shape.join(', ')}]`;

  const excess = got.map((value, i) => excessOf(value, want[i]!, abs, rel));
  const misses = excess.filter((e) => e > 0).length;
  if (misses === 0) return undefined;
  const worst = excess.reduce((best, e, i) => (e > excess[best]! ? i : best), 0);
  return (
    `${misses} of ${got.length} entries differ by more than ${abs} + ${rel} |expected|; the worst is ` +
    `[${indexOf(worst, shape).join(', ')}]: expected ${want[worst]!}, got ${got[worst]!}, ` +
    `difference ${Math.abs(got[worst]! - want[worst]!)}`
  );
}

/** By how much an entry is outside its tolerance; at most 0 inside. */
function excessOf(value: number, target: number, abs: number, rel: number): number {
  if (Object.is(value, target)) return 0;
  const excess = Math.abs(value - target) - (abs + rel * Math.abs(target));
  // inf - inf, and anything against NaN.
  return Number.isNaN(excess) || !Number.isFinite(target) ? Number.POSITIVE_INFINITY : excess;
}

/** The row-major index of entry `flat`. */
function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (const size of [...shape].reverse()) {
    index.unshift(flat % size);
    flat = Math.floor(flat / size);
  }
  return index;
}
