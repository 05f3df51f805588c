import { DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test, vi } from 'vitest';
import { type Blobs, MixtureDenoiser } from '../../test/exact.js';
import {
  ancestral,
  compileSampler,
  ddim,
  ddpm,
  dpmSolverPlusPlus,
  euler,
  heun,
  linearBetas,
  predictorCorrector,
  rectifiedFlow,
  type Sampler,
  timeGrid,
  uniPC,
  variancePreserving,
  walk,
} from '../index.js';
import { draw } from './draw.js';

const blobs: Blobs = {
  means: [
    [-1, 0],
    [1, 0.5],
  ],
  weights: [0.4, 0.6],
  deviation: 0.3,
};

/** How often the denoiser is asked on the way through so many times. */
const samplers: [name: string, sampler: Sampler, asked: (steps: number) => number][] = [
  ['ancestral', ancestral(), (steps) => steps],
  ['ddim', ddim({ eta: 0.3 }), (steps) => steps],
  ['euler', euler(), (steps) => steps],
  ['heun', heun(), (steps) => 2 * steps - 1],
  ['dpmSolverPlusPlus', dpmSolverPlusPlus(), (steps) => steps],
  ['uniPC', uniPC({ order: 3 }), (steps) => steps],
  ['predictorCorrector', predictorCorrector({ corrections: 2 }), (steps) => 3 * steps - 2],
];

onEachEngine(() => {
  describe.each(samplers)('%s', (_, sampler, asked) => {
    test('asks the denoiser so often, and keeps nothing', () => {
      const denoiser = new MixtureDenoiser(linearBetas({ steps: 50 }), blobs);
      for (const steps of [1, 2, 5, 10]) {
        denoiser.asked = 0;
        expectNoLeak(() => draw(Key.from(3), denoiser, { sampler, steps }, [7]));
        expect(denoiser.asked).toBe(asked(steps));
      }
    });

    test('compiled draws are the eager ones, from programs recorded once', async () => {
      const denoiser = new MixtureDenoiser(linearBetas({ steps: 50 }), blobs);
      const told: number[] = [];
      const compiled = compileSampler(denoiser, {
        sampler,
        steps: 8,
        onStep: (done, steps) => told.push(done / steps),
      });
      const eager = draw(Key.from(4), denoiser, { sampler, steps: 8 }, [50]);
      denoiser.asked = 0;
      await expectNoLeak(async () => {
        const x = await compiled(Key.from(4), [50]);
        expect(x).toBeAllClose(eager, { abs: 1e-4, rel: 1e-4 });
        return x;
      });
      // A program for a step and one for the last.
      expect(denoiser.asked).toBe(asked(2));
      (await compiled(Key.from(5), [50])).dispose();
      expect(denoiser.asked).toBe(asked(2));
      expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => n / 8));
      compiled.dispose();
      eager.dispose();
    });
  });

  test('compiled draws tell of every step, of a way that ends before the data too', async () => {
    const denoiser = new MixtureDenoiser(variancePreserving(), blobs);
    const told: string[] = [];
    const onStep = (done: number, steps: number) => told.push(`${done}/${steps}`);
    const compiled = compileSampler(denoiser, { sampler: ddim(), grid: [1, 0.6, 0.5], onStep });
    const x = await compiled(Key.from(1), [3]);
    expect(told).toEqual(['1/2', '2/2']);
    const way = { sampler: ddim(), grid: [1, 0.6, 0.5] };
    expect(x).toBeAllClose(draw(Key.from(1), denoiser, way, [3]), { abs: 1e-4 });
    compiled.dispose();
  });

  test('compiled draws are told the context, every row its own', async () => {
    const { denoiser } = ddpm(Key.from(1), {
      ...{ features: 2, context: 3, hidden: [8], lastScale: 1 },
      schedule: linearBetas({ steps: 6 }),
    });
    const way = { sampler: dpmSolverPlusPlus(), steps: 4 };
    const compiled = compileSampler(denoiser, way);
    const context = Key.from(2).normal([5, 3]);
    const eager = draw(Key.from(3), denoiser, way, [4], context);
    expect(await compiled(Key.from(3), [4], context)).toBeAllClose(eager, { abs: 1e-4, rel: 1e-4 });
    // What the last step is told counts, and so does the one before.
    expect(draw(Key.from(3), denoiser, way, [4], tf.neg(context))).not.toBeAllClose(eager, {
      abs: 1e-2,
    });
    await expect(compiled(Key.from(3), [4])).rejects.toThrow(ShapeError);
    compiled.dispose();
  });

  test('levels are computed once, for all steps', () => {
    for (const [name, sampler] of samplers) {
      const schedule = variancePreserving();
      const at = vi.spyOn(schedule, 'at');
      const x = tf.ones([1, 2]);
      walk(Key.from(1), new MixtureDenoiser(schedule, blobs), x, { sampler, steps: 5 });
      expect(at, name).toHaveBeenCalledTimes(1);
    }
  });

  test('deterministic samplers go where they start to go, random ones do not', () => {
    const denoiser = new MixtureDenoiser(variancePreserving(), blobs);
    const start = tf.ones([1, 2]);
    for (const [, sampler] of samplers) {
      const ends = [1, 2].map((seed) =>
        walk(Key.from(seed), denoiser, start, { sampler, steps: 5 }).dataSync(),
      );
      expect(ends[0]!.join() === ends[1]!.join()).toBe(!sampler.isRandom);
    }
  });
});

describe('grids', () => {
  test('of equal times end at 0; those of a schedule of steps are its own', () => {
    expect(timeGrid(variancePreserving(), { steps: 4 })).toEqual([1, 0.75, 0.5, 0.25, 0]);
    expect(timeGrid(variancePreserving()).length).toBe(101);
    expect(timeGrid(variancePreserving(), { steps: 2, start: 0.5 })).toEqual([0.5, 0.25, 0]);
    const schedule = linearBetas({ steps: 10 });
    expect(timeGrid(schedule)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((i) => i / 10));
    expect(timeGrid(schedule, { steps: 3 })).toEqual([1, 0.7, 0.3, 0]);
  });

  test('end, before the data, where the first step of a schedule does, or at a thousandth', () => {
    for (const spacing of ['logSnr', 'karras'] as const) {
      expect(timeGrid(variancePreserving(), { steps: 3, spacing }).at(-2)).toBe(0.001);
      expect(timeGrid(linearBetas({ steps: 50 }), { steps: 3, spacing }).at(-2)).toBe(0.02);
    }
  });

  test('of equal log-SNRs, and of equal roots of sigma / alpha', () => {
    const schedule = variancePreserving();
    const logSnrs = (spacing: 'logSnr' | 'karras') =>
      tf.tidy(() => {
        const grid = timeGrid(schedule, { steps: 9, spacing, end: 0.01 });
        expect([grid.length, grid[0], grid[8], grid[9]]).toEqual([10, 1, 0.01, 0]);
        return [...schedule.logSnr(tf.tensor1d(grid.slice(0, -1))).dataSync()];
      });
    const even = (numbers: number[]) =>
      numbers.map(
        (_, i) => numbers[0]! + (i / (numbers.length - 1)) * (numbers.at(-1)! - numbers[0]!),
      );
    const found = logSnrs('logSnr');
    expect(found).toBeAllClose(even(found), { abs: 1e-4, rel: 1e-4 });
    const roots = logSnrs('karras').map((logSnr) => Math.exp(-logSnr / 14));
    expect(roots).toBeAllClose(even(roots), { abs: 1e-5, rel: 1e-4 });
  });

  test.each([[[1]], [[0.5, 0.5]], [[0, 1]], [[1, Number.NaN, 0]], [[1.5, 0]], [[1, -0.1]]])(
    '%j is refused',
    (grid) => {
      const denoiser = new MixtureDenoiser(variancePreserving(), blobs);
      expect(() => walk(Key.from(0), denoiser, tf.ones([1, 2]), { grid })).toThrow(DomainError);
      expect(() => compileSampler(denoiser, { grid })).toThrow(DomainError);
    },
  );
});

test('what does not go together is refused', () => {
  const denoiser = new MixtureDenoiser(variancePreserving(), blobs);
  const x = tf.ones([1, 2]);
  const unknown = (options: object) => options;
  const refused: (() => unknown)[] = [
    () => walk(Key.from(0), denoiser, x, { steps: 5, grid: [1, 0] }),
    () => walk(Key.from(0), denoiser, x, unknown({ eta: 1 })),
    () => compileSampler(denoiser, unknown({ step: 1 })),
    () => ddim({ eta: 2 }),
    () => ddim(unknown({ variance: 'beta' })),
    () => ancestral(unknown({ eta: 0.5 })),
    () => ancestral(unknown({ variance: 'small' })),
    () => uniPC(unknown({ order: 4 })),
    () => predictorCorrector(unknown({ corrections: 1, steps: 2 })),
    () => predictorCorrector({ predictor: dpmSolverPlusPlus() }),
    () => predictorCorrector({ predictor: uniPC() }),
    () => timeGrid(variancePreserving(), { end: 0.1 }),
    () => timeGrid(variancePreserving(), unknown({ spacing: 'leading' })),
    () => timeGrid(rectifiedFlow(), { spacing: 'logSnr' }),
    // The denoiser tells no variance.
    () => walk(Key.from(0), denoiser, x, { sampler: ancestral({ variance: 'learned' }), steps: 3 }),
  ];
  for (const attempt of refused) expect(attempt).toThrow(OptionError);
  expect(() => timeGrid(linearBetas({ steps: 5 }), { steps: 6 })).toThrow(DomainError);
  expect(() => timeGrid(linearBetas({ steps: 10 }), { steps: 6, start: 0.5 })).toThrow(
    'has 5 steps to take from 0.5, got 6',
  );
  expect(() => predictorCorrector({ snr: 0 })).toThrow(DomainError);
});
