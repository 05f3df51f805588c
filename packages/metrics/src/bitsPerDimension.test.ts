import { DomainError } from '@pushforward/tensors';
import { describe, expect, it } from 'vitest';
import { bitsPerDimension } from './index.js';

describe('bitsPerDimension', () => {
  it('is what a fair coin and uniform pixels cost', () => {
    expect(bitsPerDimension(0, 784)).toBe(8);
    // A density of 2 on [0, 1] saves one bit a dimension.
    expect(bitsPerDimension(3 * Math.LN2, 3, 2)).toBe(0);
  });

  it('wants whole numbers', () => {
    expect(() => bitsPerDimension(0, 0)).toThrow(DomainError);
    expect(() => bitsPerDimension(0, 2, 1.5)).toThrow(DomainError);
  });
});
