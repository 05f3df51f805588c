import { Network } from '@pushforward/nn';
import { DataError, DomainError, Key, Module, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { diagonalNormal, perceptron } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { shortPendulums, times } from '../../test/pendulums.js';
import {
  coverage,
  dirac,
  type Expert,
  expert,
  extrapolationReport,
  type HybridOptions,
  hybrid,
  identifiability,
  misspecification,
  pendulum,
  rangeOfValidity,
  sameForAll,
  simulate,
  Trajectories,
} from '../index.js';

/** Nothing learned: the frequency is in the middle of its range, 2, and the remainder zero. */
const untrained = () => shortPendulums({ posterior: dirac, encoder: sameForAll() });

/** A parameter and a state. */
const range = { parameters: { a: { min: -1, max: 1 } }, state: ['y'] } as const;

/** Swings of one system, seen with noise behind their starts. */
function swings(
  truth: Expert,
  key: Key,
  parameters: Record<string, number>,
  noise: number,
  seconds = times,
) {
  const [forStart, forNoise] = key.split(2);
  return tf.tidy(() => {
    const n = 8;
    const states = simulate(truth, {
      parameters: truth.vector(
        Object.fromEntries(
          Object.entries(parameters).map(([name, it]) => [name, Array<number>(n).fill(it)]),
        ),
      ),
      context: forStart.normal([n, 2]),
      times: seconds,
    });
    const [first, rest] = tf.split(states, [1, seconds.length - 1], 1);
    const seen = tf.concat([first!, tf.add(rest!, tf.mul(noise, forNoise.normal(rest!.shape)))], 1);
    return { numbers: seen.dataSync() as Float32Array };
  }).numbers;
}

function pendulums(
  key: Key,
  noise: number,
  parameters: Record<string, number> = { omega0: 2, alpha: 0 },
  seconds = times,
) {
  const states = swings(pendulum({ complete: true }), key, parameters, noise, seconds);
  return new Trajectories({
    ...{ times: seconds, stateShape: [2], states },
    parameters: { omega0: new Float32Array(8).fill(parameters.omega0!) },
  });
}

onEachEngine(() => {
  it('calls a right model wrong no more often than it says, and a wrong one always', () => {
    const model = untrained();
    const options = { noise: [0.05, 0.05], errorRate: 0.2 };
    let alarms = 0;
    for (let i = 0; i < 50; i++)
      alarms += Number(
        misspecification(model, pendulums(Key.from(i), 0.05), options).isMisspecified,
      );
    // 50 of a coin of 0.2 are above 25 once in 10^6.
    expect(alarms).toBeLessThanOrEqual(25);
    const damped = pendulums(Key.from(1), 0.05, { omega0: 2, alpha: 0.8 });
    const { reducedChiSquare, isMisspecified, byTime } = misspecification(model, damped, options);
    expect([isMisspecified, reducedChiSquare > 3]).toEqual([true, true]);
    expect(byTime.at(-1)).toBeGreaterThan(byTime[0]!);
    // Errors smaller than the noise are seen as they go on in time.
    const small = misspecification(
      model,
      pendulums(Key.from(1), 0.001, { omega0: 2, alpha: 0.02 }),
      {
        noise: [0.05, 0.05],
      },
    );
    expect(small.reducedChiSquare).toBeLessThan(1);
    expect(small.isMisspecified).toBe(true);
  });

  it('finds intervals that are as wide as they should be, and those that are not', () => {
    const n = 1000;
    const model = shortPendulums({ posterior: diagonalNormal, encoder: sameForAll() });
    const drawn = tf.tidy(() => {
      const x = tf.zeros([n, times.length - 1, 2]);
      const z = model.posteriorAt(x, tf.zeros([n, 2])).sample(Key.from(1));
      return Array.from(tf.slice(z, [0, 0], [n, 1]).dataSync());
    });
    const withTruth = (omega0: number[]) =>
      new Trajectories({
        ...{ times, stateShape: [2], states: new Float32Array(n * times.length * 2) },
        parameters: { omega0: Float32Array.from(omega0) },
      });
    for (const { level, covered, standardError } of coverage(model, Key.from(2), withTruth(drawn)))
      expect(Math.abs(covered.omega0! - level)).toBeLessThan(5 * standardError);
    // Also by few draws.
    const few = { levels: [0.9], draws: 19 };
    const [middle] = coverage(model, Key.from(3), withTruth(drawn), few);
    expect(middle!.standardError).toBeCloseTo(Math.sqrt((0.9 * 0.1) / n), 8);
    expect(Math.abs(middle!.covered.omega0! - 0.9)).toBeLessThan(5 * middle!.standardError);
    const wide = drawn.map((_, i) => 0.5 + (3 * i) / n);
    const [, , last] = coverage(model, Key.from(2), withTruth(wide));
    expect(last!.covered.omega0).toBeLessThan(0.95 - 3 * last!.standardError);
  });

  it('knows how well parameters can be told, apart and together', () => {
    // y' = a + b: of a alone the bound is that of a straight line; beside b only the sum is told.
    const seconds = [0, 1, 2];
    const [sigma, deviation] = [0.5, 2 / Math.sqrt(12)];
    const observed = { x: tf.zeros([3, 2, 1]), context: tf.zeros([3, 1]) };
    const modelOf = (of: Expert, options: Partial<HybridOptions> = {}) =>
      hybrid(Key.from(1), {
        ...{ expert: of, times: seconds, latent: 0, encoder: sameForAll(), noise: sigma },
        ...options,
      });
    const bounds = (...of: Parameters<typeof modelOf>) =>
      identifiability(modelOf(...of), Key.from(2), observed);
    const one = expert({ ...range, field: (_, __, { a }) => ({ y: a }) });
    const q = ((1 ** 2 + 2 ** 2) * deviation ** 2) / sigma ** 2;
    expect(bounds(one).a!.bound).toBeCloseTo(deviation / Math.sqrt(1 + q), 3);
    const both = expert({
      parameters: { ...range.parameters, b: range.parameters.a },
      state: ['y'],
      field: (_, __, { a, b }) => ({ y: tf.add(a, b) }),
    });
    const { a, b } = bounds(both);
    expect(a!.bound).toBeCloseTo(deviation * Math.sqrt((1 + q) / (1 + 2 * q)), 3);
    expect(b!.bound).toBeCloseTo(a!.bound, 4);
    expect(a!.prior).toBeCloseTo(deviation, 6);
    expect(a!.contraction).toBeCloseTo(1 - (a!.posterior / a!.prior) ** 2, 6);
    // Beside what is learned, z_a, whose law is N(0, 1).
    class Learned extends Module {
      apply = (x: Tensor) => tf.slice(x, [0, 1], [-1, 1]);
    }
    const beside = bounds(one, { latent: 1, remainder: () => new Learned() });
    const ofLearned = q / deviation ** 2;
    expect(beside.a!.bound).toBeCloseTo(
      deviation * Math.sqrt((1 + ofLearned) / (1 + q + ofLearned)),
      3,
    );
    // The deviation of 200 draws is off by 5 %, so that five of those are 25 %.
    const draws = modelOf(one)
      .posteriorAt(observed.x, observed.context)
      .sample(Key.from(3), [4000]);
    const spread = Math.sqrt(tf.moments(draws).variance.dataSync()[0]!);
    expect(Math.abs(a!.posterior / spread - 1)).toBeLessThan(0.25);
  });

  it('tells parameters beyond those of training, and at the ends of their ranges', () => {
    const model = shortPendulums({ posterior: dirac, encoder: perceptron([4]) });
    const [training, other] = [-1, 4].map((shift) => ({
      x: tf.add(Key.from(1).normal([20, times.length - 1, 2]), shift),
      context: tf.zeros([20, 2]),
    }));
    for (const weight of model.posterior.parameters()) weight.assign(tf.fill(weight.shape, 0.3));
    const same = rangeOfValidity(model, Key.from(1), training!, training!, { draws: 1 }).omega0!;
    expect(same.outside).toBeLessThan(0.11);
    expect(same.atBounds).toBeLessThan(0.5);
    const far = rangeOfValidity(model, Key.from(1), training!, other!, { draws: 1 }).omega0!;
    expect(far).toMatchObject({ outside: 1, atBounds: 1, trained: same.trained });
  });

  it('knows the middle of training, and the ends of ranges', () => {
    // An encoder that is told the place in the range.
    class Told extends Network {
      override readonly inputs = 4;
      override readonly outputs = 2;
      override apply(x: Tensor) {
        const share = tf.div(tf.sub(tf.slice(x, [0, 0], [-1, 1]), 0.5), 3);
        const place = tf.log(tf.div(share, tf.sub(1, share)));
        return tf.concat([place, tf.zerosLike(place)], 1);
      }
    }
    const model = shortPendulums({
      ...{ posterior: dirac, times: [0, 0.2], encoder: () => new Told() },
    });
    const batchOf = (omega0: number[]) => ({
      x: tf.tensor3d(omega0.map((it) => [[it, 0]])),
      context: tf.zeros([omega0.length, 2]),
    });
    // 398 numbers beside 99 % of which there are one on either side.
    const training = batchOf(Array.from({ length: 399 }, (_, i) => 1 + i / 398));
    const observed = batchOf([1.5, 0.95, 2.05, 0.52, 3.45]);
    const { omega0 } = rangeOfValidity(model, Key.from(1), training, observed, { draws: 1 });
    expect(omega0!.trained[0]).toBeCloseTo(1 + 1 / 398, 4);
    expect(omega0!.trained[1]).toBeCloseTo(2 - 1 / 398, 4);
    expect([omega0!.outside, omega0!.atBounds]).toEqual([4 / 5, 1 / 5]);
  });

  it('reports forecasts and parameters: nothing is wrong where all is right', () => {
    const longer = [...times, 1.2, 1.4];
    const model = untrained();
    const right = extrapolationReport(
      model,
      Key.from(1),
      pendulums(Key.from(1), 0, undefined, longer),
    );
    expect(right.times).toEqual(longer.slice(1));
    expect(Math.max(...right.errors, ...right.fitErrors)).toBeLessThan(1e-8);
    expect(right.parameterErrors.omega0).toBeLessThan(1e-6);
    expect(right.pictures).toHaveLength(3);
    expect(right.pictures[0]!.seen).toHaveLength(7);
    const data = pendulums(Key.from(1), 0, { omega0: 2.5, alpha: 0 }, longer);
    const wrong = extrapolationReport(model, Key.from(1), data, { pictures: 1 });
    expect(wrong.parameterErrors.omega0).toBeCloseTo(0.2, 5);
    expect(wrong.logMse).toBeCloseTo(
      Math.log(wrong.errors.reduce((sum, it) => sum + it, 0) / 8),
      5,
    );
    const distance = (i: number) =>
      wrong.pictures[0]!.seen[i]!.reduce(
        (sum, it, j) => sum + (it - wrong.pictures[0]!.forecast[i]![j]!) ** 2,
        0,
      );
    expect(wrong.errors[0]).toBeCloseTo((distance(5) + distance(6)) / 2, 5);
    const fit = [0, 1, 2, 3, 4].reduce((sum, i) => sum + distance(i), 0) / 5;
    expect(wrong.fitErrors[0]).toBeCloseTo(fit, 5);
  });

  it('leaves no tensor behind', () => {
    const [model, certain] = [shortPendulums({ posterior: diagonalNormal }), untrained()];
    const data = pendulums(Key.from(1), 0);
    const batch = data.batch() as { x: Tensor; context: Tensor };
    for (const run of [
      () => coverage(model, Key.from(1), data, { draws: 2 }),
      () => identifiability(model, Key.from(1), batch, { draws: 2 }),
      () => rangeOfValidity(model, Key.from(1), batch, batch, { draws: 2 }),
      () => misspecification(certain, data, { noise: [1, 1] }),
      () => extrapolationReport(certain, Key.from(1), data),
    ])
      expectNoLeak(() => {
        run();
      });
  });
});

it('checks options and data', () => {
  const model = untrained();
  const data = pendulums(Key.from(1), 0);
  expect(() => misspecification(model, data, { noise: [1] })).toThrow(ShapeError);
  expect(() => misspecification(model, data, { noise: [1, 0] })).toThrow(DomainError);
  expect(() => misspecification(model, data, { noise: [1, 1], errorRate: 1 })).toThrow(DomainError);
  expect(() => coverage(model, Key.from(1), data, { levels: [1] })).toThrow(DomainError);
  const unknown = new Trajectories({ times, stateShape: [2], states: new Float32Array(12) });
  expect(() => coverage(model, Key.from(1), unknown)).toThrow(DataError);
});
