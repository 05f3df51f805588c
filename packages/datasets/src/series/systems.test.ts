import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, OptionError } from '@pushforward/tensors';
import { describe, expect, test } from 'vitest';
import { describeWithData, dataFolder as folder } from '../../test/folder.js';
import { cascadedTanks } from './cascadedTanks.js';
import { emps } from './emps.js';
import { lynxHare } from './lynxHare.js';
import { numbersOf } from './numbersOf.js';
import { realMassSpring, realPendulum } from './schmidtLipson.js';
import type { Channels, TimeSeries } from './timeSeries.js';

describe.each([
  ['realPendulum', realPendulum, 'schmidt-lipson/real_pend_a_1.txt'],
  ['realMassSpring', realMassSpring, 'schmidt-lipson/real_linear_a_1.txt'],
  ['emps', emps, 'nonlinear-benchmarks/emps/derived/DATA_EMPS.csv'],
  ['cascadedTanks', cascadedTanks, 'nonlinear-benchmarks/cascaded-tanks/dataBenchmark.csv'],
  ['lynxHare', lynxHare, 'lynx-hare/hudson-bay-lynx-hare.csv or lynx-hare/predpreyData.csv'],
])('%s', (_, load, path) => {
  test('knows its options, and says what is missing', async () => {
    const attempt = async (options: object) => load(options);
    await expect(attempt({ root: '.' })).rejects.toThrow(OptionError);
    await expect(attempt({ folder: '/nowhere' })).rejects.toThrow(DataError);
    await expect(attempt({ folder: '/nowhere' })).rejects.toThrow(`/nowhere holds no ${path}`);
  });
});

test('numbers in lines', () => {
  expect(numbersOf('t', '% a\n 1e+000  2\r\n# b\n\n3,\t-4,5\n', 2)).toEqual([
    [1, 2],
    [3, -4],
  ]);
  expect(numbersOf('t', '"a", "b"\n1,2\n', 2, 1)).toEqual([[1, 2]]);
  expect(() => numbersOf('t', '1,2\n3,\n', 2)).toThrow(DataError);
  expect(() => numbersOf('t', '1,2\n3\n', 2)).toThrow("t: row 2, '3', does not begin with 2");
});

const columnOf = ({ x, features, columns }: Channels, name: string) => {
  const index = columns.indexOf(name);
  return Array.from({ length: x.length / features }, (_, i) => x[i * features + index]!);
};

/** Least squares: the factors of the columns of A that come nearest to b, by elimination of the normal equations. */
function leastSquares(rows: readonly (readonly number[])[], b: readonly number[]): number[] {
  const n = rows[0]!.length;
  const m = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n + 1 }, (_, j) =>
      rows.reduce((sum, row, k) => sum + row[i]! * (j < n ? row[j]! : b[k]!), 0),
    ),
  );
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++)
      if (k !== i) {
        const factor = m[k]![i]! / m[i]![i]!;
        for (let j = i; j <= n; j++) m[k]![j]! -= factor * m[i]![j]!;
      }
  return m.map((row, i) => row[n]! / row[i]!);
}

/** How much the slope of one column, by differences over two steps, is of another. */
function slopeRatio({ time, outputs }: TimeSeries, of: string, is: string): number {
  const [value, slope] = [columnOf(outputs, of), columnOf(outputs, is)];
  const inside = value.slice(1, -1).map((_, i) => i + 1);
  const differences = inside.map(
    (i) => (value[i + 1]! - value[i - 1]!) / (time[i + 1]! - time[i - 1]!),
  );
  return leastSquares(
    inside.map((i) => [slope[i]!]),
    differences,
  )[0]!;
}

describeWithData('experiments of Schmidt and Lipson from a folder', 'schmidt-lipson', () => {
  test('the pendulum: a frictionless one, nearly', async () => {
    const run = await realPendulum({ folder });
    expect([run.length, run.time[0], run.time.at(-1)]).toEqual([556, 5, 99.5]);
    expect(run.outputs.columns).toEqual(['angle', 'velocity', 'acceleration']);
    expect(run.outputs.x[0]).toBeCloseTo(1.138389, 6);
    // The columns are slopes of each other up to a smoothing of some percent, and obey the law of the documentation.
    expect(Math.abs(slopeRatio(run, 'angle', 'velocity') - 1)).toBeLessThan(0.05);
    expect(Math.abs(slopeRatio(run, 'velocity', 'acceleration') - 1)).toBeLessThan(0.05);
    const [angle, velocity] = ['angle', 'velocity'].map((name) => columnOf(run.outputs, name));
    const [gravity, friction] = leastSquares(
      angle!.map((a, i) => [-Math.sin(a), -velocity![i]!]),
      columnOf(run.outputs, 'acceleration'),
    );
    expect(gravity).toBeCloseTo(1.26, 2);
    expect(friction).toBeCloseTo(0.01, 2);
  });

  test('the mass on springs: a harmonic oscillator, nearly', async () => {
    const run = await realMassSpring({ folder });
    expect([run.length, run.outputs.x[0]]).toEqual([870, -102]);
    expect(Math.abs(slopeRatio(run, 'position', 'velocity') - 1)).toBeLessThan(0.05);
    const [spring] = leastSquares(
      columnOf(run.outputs, 'position').map((x) => [-x]),
      columnOf(run.outputs, 'acceleration'),
    );
    expect(spring).toBeCloseTo(6.035, 2);
  });

  test('windows leave the gaps out', async () => {
    const run = await realPendulum({ folder });
    const rows = run.select(['angle']).windows(20);
    expect(rows.features).toBe(20);
    expect(rows.length).toBeGreaterThan(15);
    expect(rows.length).toBeLessThan(Math.floor(556 / 20));
  });
});

describeWithData('emps from a folder', 'nonlinear-benchmarks/emps', () => {
  test('has two runs at 1 kHz, whose law is the published one', async () => {
    const { train, test, skip } = await emps({ folder });
    expect([train.length, test.length, skip]).toEqual([24_841, 24_841, 20]);
    expect([train.time[1], train.time.at(-1)]).toEqual([0.00100002406, 24.84]);
    const voltage = columnOf(train.inputs, 'voltage');
    const position = columnOf(train.outputs, 'position');
    expect([voltage[0], position[0]]).toEqual([2.53862809, 7.45e-6].map(Math.fround));
    expect(test.outputs.x[0]).toBe(Math.fround(7.67021588e-6));
    // Means by weights that fall linearly to 0 after h: of the acceleration a second difference, of the velocity a
    // difference of means, so that F = M a + F_v v + F_c sign(v) + c holds of them as it does of the instants.
    const [h, dt] = [25, 1e-3];
    const rows: number[][] = [];
    const forces: number[] = [];
    for (let i = h; i < train.length - h; i += 5) {
      let [force, velocity] = [0, 0];
      for (let k = -h; k <= h; k++) {
        force += ((1 - Math.abs(k) / h) / h) * emps.forcePerVolt * voltage[i + k]!;
        const half = Math.abs(k) === h ? 0.5 : 1;
        velocity += (half * Math.sign(k) * position[i + k]!) / (h * h * dt);
      }
      if (Math.abs(velocity) < 0.01) continue;
      const second = position[i + h]! - 2 * position[i]! + position[i - h]!;
      rows.push([second / (h * dt) ** 2, velocity, Math.sign(velocity), 1]);
      forces.push(force);
    }
    const [mass, viscous, coulomb] = leastSquares(rows, forces);
    expect(Math.abs(mass! / 95.1 - 1)).toBeLessThan(0.01);
    expect(Math.abs(viscous! / 203.5 - 1)).toBeLessThan(0.02);
    expect(Math.abs(coulomb! / 20.4 - 1)).toBeLessThan(0.02);
  });
});

describeWithData('cascadedTanks from a folder', 'nonlinear-benchmarks/cascaded-tanks', () => {
  test('has two runs, four seconds a step', async () => {
    const { train, test, skip } = await cascadedTanks({ folder });
    expect([train.length, test.length, skip]).toEqual([1024, 1024, 5]);
    expect([train.time[1], train.time.at(-1)]).toEqual([4, 4 * 1023]);
    expect([train.inputs.x[0], train.outputs.x[0]]).toEqual([3.2567, 5.205].map(Math.fround));
    expect([test.inputs.x[0], test.outputs.x[0]]).toEqual([0.97619, 4.9728].map(Math.fround));
    expect([train.inputs.columns, train.outputs.units]).toEqual([['pump'], ['V']]);
  });
});

describeWithData('lynxHare from a folder', 'lynx-hare', () => {
  test('has 21 years, hares before lynxes', async () => {
    const { length, time, outputs } = await lynxHare({ folder });
    expect([length, time[0], time.at(-1)]).toEqual([21, 1900, 1920]);
    expect(outputs.columns).toEqual(['hare', 'lynx']);
    expect([...outputs.x.subarray(0, 4)]).toEqual([30, 4, 47.2, 6.1].map(Math.fround));
  });

  test("Stan's file gives the same", async () => {
    const { time, outputs } = await lynxHare({ folder });
    const home = mkdtempSync(join(tmpdir(), 'pushforward-lynx-'));
    mkdirSync(join(home, 'lynx-hare'));
    const lines = [...time].map((year, i) => {
      const [hare, lynx] = outputs.x.subarray(2 * i, 2 * i + 2);
      return `${year}, ${lynx!.toFixed(1)}, ${hare!.toFixed(1)}`;
    });
    // Byte for byte that file: its checksum holds.
    const head = [
      '# Data from http://www.math.tamu.edu/~phoward/m442/modbasics.pdf',
      '# Downloaded 15 October 2017, 4:59 PM EDT',
      'Year, Lynx, Hare',
    ];
    const path = join(home, 'lynx-hare/hudson-bay-lynx-hare.csv');
    writeFileSync(path, [...head, ...lines].join('\n'));
    const original = await lynxHare({ folder: home });
    expect(original.outputs.x).toEqual(outputs.x);
    rmSync(home, { recursive: true });
  });
});
