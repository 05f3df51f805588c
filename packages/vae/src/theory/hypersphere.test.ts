import { DomainError } from '@pushforward/tensors';
import { describeGolden } from '@pushforward/testing';
import { describe, expect, it } from 'vitest';
import { hypersphereGain, hypersphereOptimum } from '../index.js';

describeGolden('t15_vae', ({ cases }) => {
  const named = cases.filter(({ name }) => name.startsWith('hypersphere'));

  it.each(named)('$name', ({ params, input, output }) => {
    const [dimension, radius] = [params.number('D'), params.number('R')];
    const gains = output.matrix('log_ell_ratio');
    const optima = output.vector('r_star');
    expect(radius / Math.sqrt(dimension)).toBeAllClose(output.number('threshold_sigma'), {
      rel: 1e-14,
    });
    for (const [i, scale] of params.vector('sigma').entries()) {
      const sphere = { dimension, radius, scale };
      const got = input.vector('r').map((r) => hypersphereGain(sphere, r));
      expect(got).toBeAllClose(gains[i]!, { abs: 1e-9, rel: 1e-10 });
      expect(hypersphereOptimum(sphere)).toBeAllClose(optima[i]!, { abs: 1e-9 });
    }
  });
});

describe('hypersphere', () => {
  it('has its threshold at R / sqrt(D)', () => {
    for (const dimension of [2, 3, 10, 50]) {
      const at = (factor: number) =>
        hypersphereOptimum({ dimension, radius: 3, scale: (factor * 3) / Math.sqrt(dimension) });
      expect(at(1)).toBe(0);
      expect(at(1.2)).toBe(0);
      expect(at(0.999)).toBeGreaterThan(0);
      expect(at(0.5)).toBeGreaterThan(0.8 * 3);
    }
  });

  it('gains most at its optimum', () => {
    const sphere = { dimension: 10, radius: 1, scale: 0.3 };
    const best = hypersphereOptimum(sphere);
    expect(best).toBeAllClose(0.341655, { abs: 1e-6 });
    const gain = (r: number) => hypersphereGain(sphere, r);
    expect(gain(best)).toBeGreaterThan(gain(0.99 * best));
    expect(gain(best)).toBeGreaterThan(gain(1.01 * best));
    expect(gain(0)).toBe(0);
  });

  it('tends to R - (D - 1) sigma^2 / 2 R as sigma does to 0', () => {
    const sphere = { dimension: 5, radius: 2, scale: 0.02 };
    expect(hypersphereOptimum(sphere)).toBeAllClose(2 - (4 * 0.02 ** 2) / 4, { abs: 1e-6 });
  });

  it('refuses what is no sphere', () => {
    const sphere = { dimension: 5, radius: 2, scale: 0.02 };
    expect(() => hypersphereOptimum({ ...sphere, dimension: 1 })).toThrow(DomainError);
    expect(() => hypersphereOptimum({ ...sphere, radius: 0 })).toThrow(DomainError);
    expect(() => hypersphereOptimum({ ...sphere, scale: -1 })).toThrow(DomainError);
    expect(() => hypersphereGain(sphere, -1)).toThrow(DomainError);
  });
});
