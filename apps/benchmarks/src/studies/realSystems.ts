import {
  type DownloadOptions,
  emps,
  lynxHare,
  realMassSpring,
  realPendulum,
  TimeSeries,
  cascadedTanks as tankRuns,
} from '@pushforward/datasets';
import {
  cascadedTanks,
  inLogarithms,
  lotkaVolterra,
  massSpringDamper,
  pendulum,
  positioningSystem,
} from '@pushforward/hybrid';
import { beside, piecesOf, repeated, scalesOf, slopesOf } from './realRuns.js';
import type { RealSystem } from './realSystem.js';
import { scaledNetwork } from './scaledNetwork.js';

/** Where a part to judge by begins, of runs that come without one. */
const seen = 0.6;

/** A real pendulum; its expert knows no friction. Velocities are smoothed, and 4 % too small. */
export async function swingingPendulum(options: DownloadOptions): Promise<RealSystem> {
  const run = (await realPendulum(options)).select(['angle', 'velocity']);
  const { train, test } = parts(run);
  return {
    expert: pendulum({ ranges: { omega0: { min: 0.5, max: 2 } } }),
    train: piecesOf(train, { points: 24, stride: 6 }),
    test: piecesOf(test, { points: 44, stride: 44 }),
    scales: { point: scalesOf(train.outputs), slope: slopesOf(train) },
    ...{ observation: {}, lambda: 300 },
  };
}

/** A cart between springs, in hundreds of the camera's steps; its expert knows no damper. */
export async function springingCart(options: DownloadOptions): Promise<RealSystem> {
  const run = inUnits((await realMassSpring(options)).select(['position', 'velocity']), 100);
  const { train, test } = parts(run);
  return {
    expert: massSpringDamper({ ranges: { k: { min: 1, max: 12 } } }),
    train: piecesOf(train, { points: 32, stride: 8 }),
    test: piecesOf(test, { points: 58, stride: 58 }),
    scales: { point: scalesOf(train.outputs), slope: slopesOf(train) },
    ...{ observation: {}, lambda: 300 },
  };
}

/**
 * Two tanks of which the lower one is seen; their expert knows that both overflow. How they are learned was chosen by simulations of each
 * quarter of the run for training, learned from the others.
 */
export async function overflowingTanks(options: DownloadOptions): Promise<RealSystem> {
  const { train, test, skip: past } = await tankRuns(options);
  const slope = slopesOf(train);
  const [level, pump] = [scalesOf(train.outputs), scalesOf(train.inputs)];
  const outlet = { min: 0.001, max: 0.15 };
  return {
    expert: cascadedTanks({
      ...{ complete: true, ranges: { k1: outlet, k2: outlet, k3: outlet, k4: outlet } },
    }),
    train: piecesOf(train, { points: 69, stride: 6, past }),
    test: piecesOf(test, { points: test.length, stride: 1, past }),
    // The level that is not seen is of the size of the other one.
    scales: { point: beside(level, level, pump), slope: beside(slope, slope) },
    observation: {
      ...{ observed: ['x2'], past, held: true, solver: { method: 'euler' } },
      start: scaledNetwork([16], beside(repeated(level, past), repeated(pump, past)), level),
    },
    ...{ activation: 'tanh', lambda: 10 },
  };
}

/** A carriage on a screw; its expert knows no dry friction, unless it is complete. */
export async function carriageOnScrew(
  options: DownloadOptions,
  { complete = false } = {},
): Promise<RealSystem> {
  const runs = await emps(options);
  const [train, test] = [thinned(runs.train), thinned(runs.test)];
  return {
    expert: positioningSystem({ complete }),
    train: piecesOf(train, { points: 26, stride: 10 }),
    test: piecesOf(test, { points: test.length, stride: 1 }),
    scales: {
      point: beside(scalesOf(train.outputs), scalesOf(train.inputs)),
      slope: slopesOf(train),
    },
    // Dry friction changes its sign within a millimetre per second.
    observation: { held: true, solver: { method: 'rk4', substeps: complete ? 2 : 1 } },
    lambda: 1e4,
  };
}

/** Years of hares and lynxes that the first forecast is learned from, and how many years a forecast has. */
const [known, ahead] = [10, 3];

/**
 * Hares and lynxes, by the logarithms of their numbers: from 1909 to 1917 each year the next three are foretold by what was learned
 * from all years up to then.
 */
export async function haresAndLynxes(options: DownloadOptions): Promise<RealSystem[]> {
  const run = mapped(await lynxHare(options), Math.log);
  const rate = { min: 0.1, max: 1.5 };
  const meeting = { min: 0.005, max: 0.05 };
  const ranges = { alpha: rate, beta: meeting, delta: meeting, gamma: rate };
  const cut = { points: ahead + 1, stride: 1 };
  return Array.from({ length: run.length - ahead - known + 1 }, (_, i) => {
    const train = run.slice(0, known + i);
    return {
      expert: inLogarithms(lotkaVolterra({ ranges })),
      train: piecesOf(train, cut),
      test: piecesOf(run.slice(known + i - 1, known + i + ahead), cut),
      scales: { point: scalesOf(train.outputs), slope: slopesOf(train) },
      observation: { solver: { method: 'rk4', substeps: 2 } },
      ...{ activation: 'tanh', lambda: 1 },
    };
  });
}

function parts(run: TimeSeries) {
  const end = Math.round(seen * run.length);
  return { train: run.slice(0, end), test: run.slice(end) };
}

/** Outputs in units of so much. */
function inUnits(run: TimeSeries, unit: number): TimeSeries {
  return mapped(run, (x) => x / unit);
}

function mapped({ time, outputs, name }: TimeSeries, map: (x: number) => number): TimeSeries {
  return new TimeSeries({ time, name, outputs: { ...outputs, x: outputs.x.map(map) } });
}

/** Instants of EMPS that are put together, at 1 kHz, and over how many positions velocities are taken. */
const [block, reach] = [20, 2];

/**
 * Positions and velocities 20 ms apart, with the mean force from each instant to the next: the encoder is fine enough that
 * central differences are velocities.
 */
function thinned({ time, inputs, outputs, name }: TimeSeries): TimeSeries {
  const instants = Array.from(
    { length: Math.floor((time.length - reach - 1) / block) },
    (_, i) => block * i + reach,
  );
  const q = outputs.x;
  const speed = (i: number) =>
    (q[i + reach]! - q[i - reach]!) / (time[i + reach]! - time[i - reach]!);
  const force = (i: number) => {
    const volts = inputs.x.subarray(i, i + block);
    return (emps.forcePerVolt * volts.reduce((sum, volt) => sum + volt, 0)) / volts.length;
  };
  return new TimeSeries({
    time: Float64Array.from(instants, (i) => time[i]!),
    inputs: {
      ...{ x: Float32Array.from(instants, force), features: 1 },
      ...{ columns: ['force'], units: ['N'] },
    },
    outputs: {
      ...{ x: Float32Array.from(instants.flatMap((i) => [q[i]!, speed(i)])), features: 2 },
      ...{ columns: ['position', 'velocity'], units: ['m', 'm / s'] },
    },
    name,
  });
}
