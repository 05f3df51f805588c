/** The experiment on measured systems at a size that shows that it runs, not what it claims. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { TimeSeries } from '@pushforward/datasets';
import { massSpringDamper } from '@pushforward/hybrid';
import { useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import { meanOfEach, rootOfMean, squaredErrors } from '../studies/realErrors.js';
import { beside, piecesOf, repeated, scalesOf, slopesOf } from '../studies/realRuns.js';
import { carriageOnScrew, haresAndLynxes, overflowingTanks } from '../studies/realSystems.js';
import { quietRun } from '../testing/quietRun.js';
import { type RealCase, realCases } from './hybridReal.js';

beforeAll(() => useEngine('wasm'));

const folder =
  process.env.PUSHFORWARD_DATA ?? resolve(import.meta.dirname, '../../../../../shared/data');
const measured = existsSync(folder) ? test : test.skip;
if (!existsSync(folder))
  console.warn(`hybrid-real: real data are not tested, as there is no ${folder}.`);

/** x = cos 2t, v = -2 sin 2t, for two periods. */
const swing = new TimeSeries({
  time: Float64Array.from({ length: 63 }, (_, i) => 0.1 * i),
  outputs: {
    x: Float32Array.from({ length: 126 }, (_, i) => {
      const t = 0.1 * Math.floor(i / 2);
      return i % 2 === 0 ? Math.cos(2 * t) : -2 * Math.sin(2 * t);
    }),
    ...{ features: 2, columns: ['x', 'v'], units: ['m', 'm / s'] },
  },
});

test('hybrid-real', async () => {
  const size = { hidden: [4], recipe: { epochs: 1, batchSize: 16, learningRate: 1e-3 } };
  const each: RealCase = {
    ...{ title: 'swing', quantity: 'position', unit: 'm', judged: 1, note: 'simulated' },
    load: () => {
      const train = piecesOf(swing, { points: 5, stride: 5 });
      return Promise.resolve({
        ...{ expert: massSpringDamper(), train, test: train, observation: {}, lambda: 10 },
        scales: { point: scalesOf(swing.outputs), slope: slopesOf(swing) },
      });
    },
    size: { quick: size, full: size },
    published: { network: { value: 0.5 } },
  };
  const { rows, checks, pictures } = await realCases(quietRun, [each], {});
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(5).fill(true));
  expect(rows.map(({ published }) => published)).toEqual([null, 0.5, null, null, null]);
  expect(Object.keys(pictures)).toEqual(['hybrid-real-1.svg']);
  // What is claimed is of the errors that are told.
  const [ofExpert, ofNetwork, ofHybrid] = rows.map(({ value }) => value) as [
    number,
    number,
    number,
  ];
  const [least, beside] = checks;
  expect(checks).toHaveLength(3);
  expect(least!.value).toBeCloseTo(Math.max(ofHybrid / ofExpert, ofHybrid / ofNetwork), 10);
  expect(least!.holds).toBe(least!.value < 1);
  expect(beside!.value).toBeCloseTo(ofExpert ** 2 - ofHybrid ** 2, 10);
  expect(beside!.value).toBe(rows[3]!.value);
  expect(beside!.holds).toBe(beside!.value > beside!.threshold);
});

test('a system that is learned several times is judged by all its forecasts', async () => {
  const size = { hidden: [4], recipe: { epochs: 1, batchSize: 16, learningRate: 1e-3 } };
  const system = (begin: number) => {
    const train = piecesOf(swing.slice(0, begin), { points: 5, stride: 5 });
    const test = piecesOf(swing.slice(begin, begin + 5), { points: 5, stride: 1 });
    const scales = { point: scalesOf(swing.outputs), slope: slopesOf(swing) };
    return { ...{ expert: massSpringDamper(), train, test, scales }, observation: {}, lambda: 10 };
  };
  const each: RealCase = {
    ...{ title: 'swing', quantity: 'position', unit: 'm', judged: 1, note: 'simulated', models: 1 },
    load: () => Promise.resolve([system(20), system(40)]),
    ...{ size: { quick: size, full: size }, claimed: [] },
  };
  const { rows, checks } = await realCases(quietRun, [each], {});
  expect(rows.map(({ standardError }) => standardError! > 0)).toEqual(Array(5).fill(true));
  expect(checks).toHaveLength(1);
});

test('errors are judged piece by piece, those of one piece span by span', () => {
  const forecast = [
    [
      [1, 9],
      [2, 9],
    ],
    [
      [3, 9],
      [5, 9],
    ],
  ];
  const zero = forecast.map((piece) => piece.map(() => [0, 0]));
  expect(squaredErrors(zero, forecast, 1)).toEqual([2.5, 17]);
  expect(squaredErrors(zero, forecast, 2)[0]).toBe((1 + 81 + 4 + 81) / 4);
  const long = [Array.from({ length: 16 }, (_, i) => [Math.floor(i / 2)])];
  const still = [long[0]!.map(() => [0])];
  expect(squaredErrors(still, long, 1)).toEqual([0, 1, 4, 9, 16, 25, 36, 49]);
  expect(
    meanOfEach([
      [1, 2],
      [3, 6],
    ]),
  ).toEqual([2, 4]);
  // sd of (1, 9) by sqrt(2) is 4; d sqrt(m) = dm / (2 sqrt(m)).
  const { mean, standardError } = rootOfMean([1, 9]);
  expect(mean).toBeCloseTo(Math.sqrt(5), 12);
  expect(standardError).toBeCloseTo(4 / (2 * Math.sqrt(5)), 12);
});

test('scales are those of columns, slopes those of steps', () => {
  const { mean, deviation } = scalesOf({
    ...{ x: Float32Array.of(1, 10, 3, 30), features: 2 },
    ...{ columns: ['a', 'b'], units: ['1', '1'] },
  });
  expect([mean, deviation]).toEqual([
    [2, 20],
    [1, 10],
  ]);
  expect(beside({ mean, deviation }, { mean: [0], deviation: [5] }).deviation).toEqual([1, 10, 5]);
  expect(repeated({ mean, deviation }, 2).mean).toEqual([2, 20, 2, 20]);
  // The slope of cos 2t has a mean square of 2, that of -2 sin 2t of 8.
  const slopes = slopesOf(swing);
  expect(slopes.mean).toEqual([0, 0]);
  expect(slopes.deviation[0]).toBeCloseTo(Math.SQRT2, 1);
  expect(slopes.deviation[1]! / slopes.deviation[0]!).toBeCloseTo(2, 1);
});

measured(
  'real runs become pieces whose inputs and pasts are where models look for them',
  async () => {
    const tanks = await overflowingTanks({ folder });
    expect([tanks.train.past, tanks.test.past]).toEqual([5, 5]);
    const { x, context } = tanks.test.batch();
    expect([x.shape, context!.shape]).toEqual([
      [1, 1019, 1],
      [1, 5 + 1024],
    ]);
    const told = context!.dataSync();
    expect([told[0], told[5]]).toEqual([Math.fround(4.9728), Math.fround(0.97619)]);
    const years = await haresAndLynxes({ folder });
    // Nine forecasts, of which the last ends in 1920; what is learned ends where they begin.
    expect(years).toHaveLength(9);
    const [last] = years.at(-1)!.test.batch().x.arraySync() as number[][][];
    expect(last!.map(([hares]) => Math.exp(hares!).toFixed(1))).toEqual(['14.6', '16.2', '24.7']);
    expect(years.map(({ train }) => train.length)).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
    const emps = await carriageOnScrew({ folder });
    const velocity = emps.train.batch();
    // What moves is where its velocity takes it, 20 ms later.
    const [states, n] = [velocity.x.arraySync() as number[][][], emps.train.length];
    expect(n).toBeGreaterThan(100);
    for (const piece of states)
      for (const [i, [q, v]] of piece.slice(1).entries()) {
        const [before, speed] = piece[i]!;
        expect(Math.abs(q! - before! - 0.01 * (v! + speed!))).toBeLessThan(1e-4);
      }
  },
);
