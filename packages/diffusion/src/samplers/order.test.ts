import { Key, useEngine } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ToldKey } from '../../test/exact.js';
import {
  ancestral,
  ddim,
  dpmSolverPlusPlus,
  draw,
  euler,
  gaussianDenoiser,
  heun,
  linearBetas,
  predictorCorrector,
  rectifiedFlow,
  type Sampler,
  type Schedule,
  timeGrid,
  uniPC,
  variancePreserving,
  walk,
} from '../index.js';
import { halfLogSnrGain } from './signalRatio.js';

beforeAll(async () => {
  await useEngine('cpu');
});

const MEAN = 0.7;
const VARIANCE = 0.3;

/** Data N(0.7, 0.3), for which every step is affine in x and in the noise. */
const denoiserOf = (schedule: Schedule) => gaussianDenoiser(schedule, [MEAN], [[VARIANCE]]);

/** alpha^2 and sigma^2 at a time. */
function squares(schedule: Schedule, time: number): [number, number] {
  return tf.tidy(() => {
    const { alpha, sigma } = schedule.at(tf.scalar(time));
    return [alpha.dataSync()[0]! ** 2, sigma.dataSync()[0]! ** 2];
  });
}

/** Mean and deviation of x_t. */
function marginal(schedule: Schedule, time: number): [mean: number, deviation: number] {
  const [signal, noise] = squares(schedule, time);
  return [Math.sqrt(signal) * MEAN, Math.sqrt(signal * VARIANCE + noise)];
}

/** How far a deterministic sampler ends from where the probability-flow equation leads, at worst of two starts. */
function error(sampler: Sampler, schedule: Schedule, grid: readonly number[]): number {
  const [m1, d1] = marginal(schedule, grid[0]!);
  const [m0, d0] = marginal(schedule, grid.at(-1)!);
  return tf.tidy(() => {
    const starts = [-1.5, 1];
    const x = tf.tensor2d(starts, [2, 1]);
    const found = walk(Key.from(0), denoiserOf(schedule), x, { sampler, grid }).dataSync();
    const errors = starts.map((start, i) => Math.abs(found[i]! - (m0 + (d0 / d1) * (start - m1))));
    return Math.max(...errors);
  });
}

/** The power of the length of steps that the error falls with. */
function order(sampler: Sampler, schedule: Schedule, steps: number): number {
  const along = (count: number) => {
    const { length } = { length: count + 1 };
    // From log-SNRs where there is noise and signal, so that only steps between them are measured.
    const whole = timeGrid(schedule, {
      steps: count + 2,
      spacing: 'logSnr',
      start: 0.9,
      end: 0.02,
    });
    return error(sampler, schedule, whole.slice(0, length));
  };
  return Math.log2(along(steps) / along(2 * steps));
}

const schedules = {
  'variance preserving': variancePreserving(),
  'rectified flow': rectifiedFlow(),
};

describe.each(Object.entries(schedules))('order of convergence on a %s schedule', (_, schedule) => {
  test.each<[string, Sampler, number, number]>([
    ['euler', euler(), 1, 24],
    ['ddim', ddim(), 1, 24],
    ['heun', heun(), 2, 20],
    ['dpmSolverPlusPlus', dpmSolverPlusPlus(), 2, 24],
    ['uniPC of order 1', uniPC({ order: 1 }), 2, 16],
    ['uniPC of order 2', uniPC({ order: 2 }), 3, 12],
    // Its first step is of order 2.
    ['uniPC of order 3', uniPC({ order: 3 }), 3, 8],
  ])('%s', (_, sampler, expected, steps) => {
    const measured = order(sampler, schedule, steps);
    expect(measured).toBeGreaterThan(expected - 0.35);
  });
});

/** Mean and variance of what a random sampler draws from a start N(0, 1), by its answers to single numbers. */
function law(
  sampler: Sampler,
  schedule: Schedule,
  grid: readonly number[],
  denoiser = denoiserOf(schedule),
): [number, number] {
  const steps = grid.length - 1;
  // Rows: all zeros; one at the start; one in the noise of each step.
  const rows = 2 + steps;
  return tf.tidy(() => {
    const key = new ToldKey((k, shape) => tf.reshape(tf.oneHot(2 + k, rows), [...shape]));
    const start = tf.reshape(tf.oneHot(1, rows), [rows, 1]);
    const x = walk(key, denoiser, tf.cast(start, 'float32'), { sampler, grid });
    const [shift, ...ends] = x.dataSync();
    return [shift!, ends.reduce((sum, end) => sum + (end - shift!) ** 2, 0)];
  });
}

/** The same by the formulas of the reverse chain, in double precision. */
function chain(schedule: Schedule, grid: readonly number[], isLarge: boolean): [number, number] {
  let [mean, variance] = [0, 1];
  for (let k = 0; k + 1 < grid.length; k++) {
    const [signal, noise] = squares(schedule, grid[k]!);
    const [toSignal, toNoise] = grid[k + 1] === 0 ? [1, 0] : squares(schedule, grid[k + 1]!);
    const gain = (VARIANCE * Math.sqrt(signal)) / (VARIANCE * signal + noise);
    const beta = noise - (signal / toSignal) * toNoise;
    const ofMean = (Math.sqrt(toSignal) * beta) / noise;
    const ofX = (Math.sqrt(signal / toSignal) * toNoise) / noise;
    const slope = ofX + ofMean * gain;
    mean = slope * mean + ofMean * (MEAN - gain * Math.sqrt(signal) * MEAN);
    const added = grid[k + 1] === 0 ? 0 : isLarge ? beta : (beta * toNoise) / noise;
    variance = slope ** 2 * variance + added;
  }
  return [mean, variance];
}

test('corrections are steps of Langevin, as long as they are told', () => {
  const schedule = variancePreserving();
  const [grid, start] = [[0.5, 0.4], Key.from(1).normal([6, 1])];
  const before = walk(Key.from(9), denoiserOf(schedule), start, { sampler: euler(), grid });
  const sampler = predictorCorrector({ predictor: euler(), snr: 0.3 });
  const got = walk(Key.from(9), denoiserOf(schedule), start, { sampler, grid });
  const [mean, deviation] = marginal(schedule, 0.4);
  const score = Array.from(before.dataSync(), (x) => (mean - x) / deviation ** 2);
  const z = [...Key.from(9).foldIn(0).split(2)[1].normal([6, 1]).dataSync()];
  const size = (values: readonly number[]) => Math.hypot(...values);
  const length = 2 * ((0.3 * size(z)) / size(score)) ** 2;
  const expected = before
    .dataSync()
    .map((x, i) => x + length * score[i]! + Math.sqrt(2 * length) * z[i]!);
  expect(tf.reshape(got, [6])).toBeAllClose([...expected], { abs: 1e-4 });
});

test('samplers have the options that are documented', () => {
  const denoiser = denoiserOf(variancePreserving());
  const drawn = (sampler: Sampler) => draw(Key.from(1), denoiser, { sampler, steps: 6 }, [20]);
  const corrected = { predictor: ancestral({ variance: 'beta' }), corrections: 1, snr: 0.16 };
  expect(drawn(predictorCorrector())).toBeAllClose(drawn(predictorCorrector(corrected)), {});
  expect(drawn(uniPC())).toBeAllClose(drawn(uniPC({ order: 2 })), {});
  expect(drawn(ddim())).toBeAllClose(drawn(ddim({ eta: 0 })), {});
});

test('gains are known however little signal there is, and finite where there is none', () => {
  const levels = (alpha: number[], sigma: number[]) => ({
    alpha: tf.tensor1d(alpha),
    sigma: tf.tensor1d(sigma),
  });
  const from = levels([1e-6, 0, 0.5], [1, 1, 0.8]);
  const to = levels([0.8, 0.8, 0.8], [0.6, 0.6, 0.5]);
  const [far, farthest, near] = halfLogSnrGain({ from, to }).dataSync();
  expect(far).toBeCloseTo(Math.log(0.8 / 0.6 / 1e-6), 4);
  expect(near).toBeCloseTo(Math.log(0.8 / 0.5 / (0.5 / 0.8)), 5);
  // So long that nothing is left of x: e^-h is nothing beside 1.
  expect(farthest).toBeGreaterThan(30);
  expect(farthest).toBeLessThan(Infinity);
});

test('corrections are of one length for all draws, whatever their axes', () => {
  const denoiser = gaussianDenoiser(
    variancePreserving(),
    [0, 1],
    [
      [1, 0.3],
      [0.3, 0.5],
    ],
  );
  const way = { sampler: predictorCorrector(), steps: 5 };
  const flat = draw(Key.from(1), denoiser, way, [6]);
  const table = draw(Key.from(1), denoiser, way, [2, 3]);
  expect(tf.reshape(table, [6, 2])).toBeAllClose(flat, { abs: 1e-5 });
  const one = draw(Key.from(1), denoiser, way, [1]);
  expect(draw(Key.from(1), denoiser, way)).toBeAllClose(tf.squeeze(one, [0]), { abs: 1e-5 });
});

describe('laws of ancestral samplers', () => {
  const schedule = variancePreserving();

  test.each<['posterior' | 'beta', Sampler]>([
    ['posterior', ancestral({ variance: 'posterior' })],
    ['posterior', ddim({ eta: 1 })],
    ['beta', ancestral()],
  ])('variance %s is that of the chain', (variance, sampler) => {
    const grid = timeGrid(schedule, { steps: 12 });
    const expected = chain(schedule, grid, variance === 'beta');
    expect(law(sampler, schedule, grid)).toBeAllClose(expected, { abs: 1e-5, rel: 1e-4 });
  });

  test('the larger variance has more of the spread of data, however many the steps', () => {
    const betas = linearBetas({ steps: 100 });
    const denoiser = gaussianDenoiser(betas, [0], [[0.09]]);
    const shares = [100, 20].map((steps) =>
      [ancestral(), ancestral({ variance: 'posterior' })].map((sampler) => {
        const [, variance] = law(sampler, betas, timeGrid(betas, { steps }), denoiser);
        return Math.sqrt(variance / 0.09);
      }),
    );
    // By the formulas of the chain in double precision.
    expect(shares).toBeAllClose(
      [
        [1.032, 0.908],
        [1.074, 0.718],
      ],
      { abs: 1e-3 },
    );
  });

  test('a learned variance leaves no error of the variance, whatever the steps', () => {
    const sampler = ancestral({ variance: 'learned' });
    const grid = timeGrid(schedule, { steps: 6, spacing: 'logSnr' }).slice(0, -1);
    const [mean, deviation] = marginal(schedule, grid.at(-1)!);
    const [foundMean, variance] = law(sampler, schedule, grid);
    expect([foundMean, variance]).toBeAllClose([mean, deviation ** 2], { abs: 0.01 });
  });

  test.each<[string, Sampler]>([
    ['posterior', ancestral({ variance: 'posterior' })],
    ['beta', ancestral()],
  ])('variance %s comes to that of the data with the length of steps', (_, sampler) => {
    const off = (steps: number) =>
      Math.abs(law(sampler, schedule, timeGrid(schedule, { steps }))[1] - VARIANCE);
    const measured = Math.log2(off(100) / off(200));
    expect(measured).toBeGreaterThan(0.8);
  });
});
