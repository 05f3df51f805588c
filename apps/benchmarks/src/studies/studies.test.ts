import { Split } from '@pushforward/datasets';
import { standardNormal } from '@pushforward/distributions';
import { meanLogLikelihood } from '@pushforward/metrics';
import { Key, useEngine } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { baselines } from './baselines.js';
import { advantage, estimate, logLikelihoods, logRatio } from './score.js';
import { beatsBaselines, standings } from './verdict.js';

beforeAll(() => useEngine());

/** Rows of standard normal numbers, plus one of two shifts. */
async function rows(key: Key, count: number, shift = 0): Promise<Split> {
  const [forNoise, forSide] = key.split(2);
  const [noise, side] = [forNoise.normal([count, 2]), forSide.uniform([count])];
  const [z, u] = await Promise.all([noise.data(), side.data()]);
  noise.dispose();
  side.dispose();
  const x = Float32Array.from(z, (value, i) => value + (u[i >> 1]! < 0.5 ? shift : -shift));
  return new Split({ x, columns: ['a', 'b'] });
}

async function parts(shift: number) {
  const [a, b, c] = Key.from(7).split(3);
  return {
    train: await rows(a, 600, shift),
    validation: await rows(b, 300, shift),
    test: await rows(c, 1500, shift),
  };
}

describe('scores', () => {
  test('a mean with its standard error', () => {
    expect(estimate([1, 2, 3, 4])).toEqual({
      mean: 2.5,
      standardError: Math.sqrt(5 / 3 / 4),
    });
  });

  test('differences are taken row by row', () => {
    expect(advantage([10, 20, 30], [9, 19, 29])).toEqual({ mean: 1, standardError: 0 });
    const double = logRatio([10, 20, 60], [5, 10, 30]);
    expect(double.mean).toBeCloseTo(Math.log(2), 12);
    expect(double.standardError).toBeCloseTo(0, 12);
    const { mean, standardError } = estimate([10, 20, 60]);
    expect(logRatio([10, 20, 60], [7, 7, 7]).standardError).toBeCloseTo(standardError / mean, 12);
  });

  test('the mean of the rows is the mean of the package, over several blocks', async () => {
    const split = await rows(Key.from(3), 26_000);
    const law = standardNormal([2]);
    const { x } = split.batch();
    const expected = await meanLogLikelihood(law, x);
    x.dispose();
    const values = await logLikelihoods(law, split);
    expect(values).toHaveLength(26_000);
    expect(estimate(values).mean).toBeCloseTo(expected.mean, 5);
    expect(estimate(values).standardError).toBeCloseTo(expected.standardError, 5);
  });

  test('a flow beats the baselines only where it is above both', () => {
    const flow = [-1, -2];
    expect(beatsBaselines({ flow, kernel: [-2, -3], gaussian: [-1.5, -2.5] })).toBe(true);
    expect(beatsBaselines({ flow, kernel: [-2, -3], gaussian: [-0.5, -2] })).toBe(false);
    expect(beatsBaselines({ flow, kernel: flow, gaussian: [-2, -3] })).toBe(false);
    expect(standings({ flow, kernel: [-2, -3], gaussian: [-3, -4] })[2]!.advantage!.mean).toBe(2);
  });
});

describe('baselines', () => {
  test('of normal rows the Gaussian comes near the entropy, and the kernel density stays below', async () => {
    const { gaussian, kernel } = await baselines(await parts(0));
    const entropy = Math.log(2 * Math.PI * Math.E);
    // Five numbers fitted to 900 rows cost 5/1800 nats; the rest is the error of the mean.
    expect(Math.abs(estimate(gaussian).mean + entropy)).toBeLessThan(
      0.003 + 3 * estimate(gaussian).standardError,
    );
    expect(advantage(gaussian, kernel).mean).toBeGreaterThan(0);
  });

  test('of two heaps the kernel density is the better one, with narrow kernels', async () => {
    const [one, two] = [await baselines(await parts(0)), await baselines(await parts(3))];
    expect(advantage(two.kernel, two.gaussian).mean).toBeGreaterThan(0.2);
    expect(two.bandwidth).toBeLessThan(one.bandwidth);
  });

  test('leave nothing on the engine', async () => {
    const data = await parts(1);
    await expectNoLeak(() => baselines(data));
  });
});
