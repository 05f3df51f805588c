import { DomainError, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  cascadedTanks,
  type Expert,
  expert,
  inLogarithms,
  lotkaVolterra,
  massSpringDamper,
  pendulum,
  positioningSystem,
  reactionDiffusion,
  rlcCircuit,
  simulate,
} from '../index.js';

const seconds = (count: number, step: number) =>
  Array.from({ length: count + 1 }, (_, i) => i * step);

onEachEngine(() => {
  it('keeps the energy of a pendulum without friction, and loses it with friction', () => {
    const energies = (expert: Expert, parameters: Tensor) => {
      const y = simulate(expert, {
        parameters,
        context: tf.tensor2d([[2, 0]]),
        times: seconds(60, 0.05),
      });
      const [theta, speed] = tf.unstack(y, -1);
      return tf.sub(tf.mul(0.5, tf.square(speed!)), tf.mul(4, tf.cos(theta!)));
    };
    const free = energies(pendulum(), pendulum().vector({ omega0: [2] }));
    expect(free).toBeAllClose(tf.fill(free.shape, -4 * Math.cos(2)), { abs: 2e-4 });
    const damped = pendulum({ complete: true });
    const lost = energies(
      damped,
      damped.vector({ omega0: [2], alpha: [0.3] }),
    ).arraySync() as number[][];
    expect(lost[0]!.every((energy, i) => i === 0 || energy < lost[0]![i - 1]!)).toBe(true);
  });

  it('keeps what predators and prey keep', () => {
    const expert = lotkaVolterra();
    const y = simulate(expert, {
      parameters: expert.vector({ alpha: [1], beta: [0.5], delta: [0.25], gamma: [0.75] }),
      context: tf.tensor2d([[2, 1]]),
      times: seconds(100, 0.1),
      solver: { method: 'rk4', substeps: 2 },
    });
    const [prey, predator] = tf.unstack(y, -1);
    const kept = tf.add(
      tf.sub(tf.mul(0.25, prey!), tf.mul(0.75, tf.log(prey!))),
      tf.sub(tf.mul(0.5, predator!), tf.log(predator!)),
    );
    expect(kept).toBeAllClose(tf.fill(kept.shape, 1 - 0.75 * Math.log(2)), { abs: 1e-4 });
  });

  it('charges a circuit as the closed form says', () => {
    // V = 1, R = 2, L = 1, C = 0.5: U'' + 2 U' + 2 U = 2, from rest U = 1 - e^-t (cos t + sin t), I = C U' = e^-t sin t.
    const expert = rlcCircuit({ complete: true, voltage: () => tf.scalar(1) });
    const times = seconds(20, 0.2);
    const y = simulate(expert, {
      parameters: expert.vector({ L: [1], C: [0.5], R: [2] }),
      context: tf.zeros([1, 2]),
      times,
      solver: { method: 'rk4', substeps: 4 },
    });
    const exact = times.map((t) => [
      1 - Math.exp(-t) * (Math.cos(t) + Math.sin(t)),
      Math.exp(-t) * Math.sin(t),
    ]);
    expect(y).toBeAllClose([exact], { abs: 2e-6 });
  });

  it('swings a mass on a spring as the closed form says', () => {
    const expert = massSpringDamper({ complete: true });
    const times = seconds(20, 0.2);
    const y = simulate(expert, {
      parameters: expert.vector({ k: [4, 4], c: [0, 1] }),
      context: tf.tensor2d([
        [1, 0],
        [1, 0],
      ]),
      times,
      solver: { method: 'rk4', substeps: 4 },
    });
    const w = Math.sqrt(4 - 0.25);
    const [x] = tf.unstack(y, -1);
    const exact = [
      times.map((t) => Math.cos(2 * t)),
      times.map((t) => Math.exp(-t / 2) * (Math.cos(w * t) + (0.5 / w) * Math.sin(w * t))),
    ];
    expect(x!).toBeAllClose(exact, { abs: 2e-5 });
  });

  it('spreads waves as fast as the stencil says, and keeps the amount of each substance', () => {
    const [n, spacing, a] = [8, 0.5, 5e-3];
    const expert = reactionDiffusion({ size: n, spacing, ranges: { a: { min: 0, max: 1 } } });
    const wave = (i: number, j: number) => Math.cos((2 * Math.PI * (i + 2 * j)) / n);
    const cells = Array.from({ length: n }, (_, i) => i);
    const start = tf.tensor3d(cells.map((i) => cells.map((j) => [wave(i, j), 1 + wave(i, j)])));
    const y = simulate(expert, {
      parameters: expert.vector({ a: [10 * a], b: [a] }),
      context: tf.reshape(start, [1, -1]),
      times: [0, 2],
      solver: { method: 'rk4', substeps: 20 },
    });
    const eigenvalue =
      (2 * Math.cos((2 * Math.PI) / n) + 2 * Math.cos((4 * Math.PI) / n) - 4) / spacing ** 2;
    const [u, v] = tf.unstack(start, -1);
    const expected = tf.stack(
      [
        tf.mul(u!, Math.exp(20 * a * eigenvalue)),
        tf.add(1, tf.mul(tf.sub(v!, 1), Math.exp(2 * a * eigenvalue))),
      ],
      -1,
    );
    expect(tf.squeeze(tf.slice(y, [0, 1], [1, 1]), [0, 1])).toBeAllClose(expected, { abs: 2e-6 });
  });

  it('drives a carriage by its input, which is a straight line between the times', () => {
    const expert = positioningSystem();
    // A force of 100 t without friction: v = 50 t^2 / m, q = 50 t^3 / (3 m).
    const times = [0, 0.5, 2];
    const y = simulate(expert, {
      parameters: expert.vector({ mass: [100], viscous: [0] }),
      context: tf.tensor2d([[0, 0, ...times.map((t) => 100 * t)]]),
      times,
    });
    expect(y).toBeAllClose([times.map((t) => [t ** 3 / 6, t ** 2 / 2])], { abs: 1e-6 });
    const held = positioningSystem({ complete: true });
    const rest = simulate(held, {
      parameters: held.vector({ mass: [100], viscous: [10], coulomb: [20], offset: [-3] }),
      context: tf.tensor2d([[0, 0, -3, -3]]),
      times: [0, 1],
    });
    expect(rest).toBeAllClose(tf.zeros([1, 2, 2]), { abs: 1e-6 });
  });

  it('lets tanks run to the levels at which as much flows in as out', () => {
    const expert = cascadedTanks();
    const times = seconds(60, 20);
    const y = simulate(expert, {
      parameters: expert.vector({ k1: [0.1], k2: [0.08], k3: [0.05], k4: [0.06] }),
      context: tf.tensor2d([[1, 2, ...times.map(() => 3)]]),
      times,
      solver: { method: 'rk4', step: 2 },
    });
    // k4 u = k1 sqrt(x1), k2 sqrt(x1) = k3 sqrt(x2)
    const x1 = (0.06 * 3) / 0.1;
    expect(tf.slice(y, [0, 60], [1, 1])).toBeAllClose([[[x1 ** 2, (1.6 * x1) ** 2]]], {
      abs: 1e-3,
    });
    // An empty tank has a finite slope.
    const gradient = tf.grad((z: Tensor) =>
      tf.sum(simulate(expert, { parameters: z, context: tf.zeros([1, 4]), times: [0, 1] })),
    )(expert.vector({ k1: [0.1], k2: [0.1], k3: [0.1], k4: [0.1] }));
    expect(Number.isFinite(tf.sum(gradient).dataSync()[0])).toBe(true);
  });

  it('lets full tanks overflow', () => {
    const expert = cascadedTanks({ complete: true });
    const times = seconds(40, 20);
    const k = { k1: 0.1, k4: 0.2, k5: 0.05, k6: [0, 0.01, 0.1] };
    const y = simulate(expert, {
      parameters: expert.vector({ ...k, k2: [0.02, 0.02, 0.02], k3: 0.05 }),
      context: tf.tensor2d([2, 2, 2].map((level) => [9, level, ...times.map(() => 3)])),
      times,
      solver: { method: 'rk4', step: 2 },
    });
    // 0.2 u = 0.1 sqrt(x1) + 0.05 (x1 - 10), and 0.02 sqrt(x1) + k6 (x1 - 10) = 0.05 sqrt(x2) as far as the lower one holds it.
    const root = -1 + Math.sqrt(1 + 10 + 12);
    const x1 = root ** 2;
    const [first, second] = [0, 0.01].map((k6) => (0.4 * root + 20 * k6 * (x1 - 10)) ** 2);
    const ends = [first!, second!, 10].map((x2) => [[x1, x2]]);
    expect(tf.slice(y, [0, 40], [3, 1])).toBeAllClose(ends, { abs: 1e-3 });
    expect(tf.max(tf.slice(y, [2, 0, 1], [1, 41, 1])).dataSync()[0]).toBeLessThan(10 + 1e-4);
    const dry = (known: Expert, k: object) =>
      known.derivative(
        tf.scalar(0),
        tf.tensor2d([[9, 4]]),
        known.vector({ ...k }),
        tf.ones([1, 1]),
      );
    const outlets = { k1: [0.1], k2: [0.1], k3: [0.1], k4: [0.1] };
    expect(dry(expert, { ...outlets, k5: [0.1], k6: [0.1] })).toBeAllClose(
      dry(cascadedTanks(), outlets),
      {},
    );
  });

  it('tells the same of logarithms as of numbers', () => {
    const expert = lotkaVolterra();
    const known = inLogarithms(expert);
    expect(known.state).toEqual(['log prey', 'log predator']);
    const given = {
      parameters: expert.vector({ alpha: [1], beta: [0.5], delta: [0.25], gamma: [0.75] }),
      times: seconds(20, 0.2),
      solver: { method: 'rk4', substeps: 4 },
    } as const;
    const start = tf.tensor2d([[2, 1]]);
    const y = simulate(expert, { ...given, context: start });
    const logarithms = simulate(known, { ...given, context: tf.log(start) });
    expect(tf.exp(logarithms)).toBeAllClose(y, { rel: 2e-5 });
  });

  it('divides fields on a grid, and what drives them, cell by cell', () => {
    const heated = expert({
      parameters: { rate: { min: 0, max: 2 } },
      ...{ state: ['c'], grid: [2], inputs: ['feed'] },
      field: (_, { c }, { rate }, { feed }) => ({ c: tf.add(tf.mul(rate, c), feed) }),
    });
    // rate + feed / c
    const slope = inLogarithms(heated).derivative(
      tf.scalar(0),
      tf.log(tf.tensor3d([[[1], [4]]])),
      heated.vector({ rate: [1] }),
      tf.tensor2d([[2]]),
    );
    expect(slope).toBeAllClose([[[3], [1.5]]], { abs: 1e-6 });
  });

  it('leaves no tensor behind', () => {
    const expert = positioningSystem({ complete: true });
    const parameters = expert.vector({
      mass: [9, 20].map(() => 20),
      viscous: 1,
      coulomb: 2,
      offset: 0,
    });
    const context = tf.ones([2, 5]);
    expectNoLeak(() => simulate(expert, { parameters, context, times: [0, 1, 2] }));
    expectNoLeak(() => expert.vector({ mass: 20, viscous: 1, coulomb: 2, offset: 0 }));
    const [t, y, u] = [tf.scalar(0), tf.ones([2, 2]), tf.ones([2, 1])];
    expectNoLeak(() => expert.derivative(t, y, parameters, u));
  });
});

describe('expert', () => {
  const range = { min: 0, max: 1, unit: 'm' };

  it('checks names and ranges', () => {
    const field = () => ({ x: tf.scalar(0) });
    expect(() => expert({ parameters: { a: { min: 1, max: 1 } }, state: ['x'], field })).toThrow(
      DomainError,
    );
    expect(() => expert({ parameters: {}, state: ['x'], field })).toThrow(OptionError);
    expect(() => expert({ parameters: { a: range }, state: ['x', 'x'], field })).toThrow(/differ/);
    expect(() =>
      pendulum({
        ranges: { omega: { min: 0, max: 1 } } as unknown as Record<'omega0', typeof range>,
      }),
    ).toThrow(/'omega'; known are omega0/);
    const one = expert({ parameters: { a: range }, state: ['x'], field });
    expect(() => one.vector({ a: 2 })).toThrow('a must be in [0, 1] m, got 2');
    expect(() => one.vector({ b: 2 })).toThrow('must be of a, got b');
    expect(one.vector({ a: [0.5, 1] }).shape).toEqual([2, 1]);
  });

  it('takes constants for slopes, and no other names', () => {
    const still = expert({
      parameters: { a: range },
      state: ['x'],
      field: () => ({ x: tf.scalar(2) }),
    });
    const t = tf.scalar(0);
    expect(still.derivative(t, tf.zeros([3, 1]), tf.zeros([3, 1]))).toBeAllClose(
      [[2], [2], [2]],
      {},
    );
    const wrong = expert({
      parameters: { a: range },
      state: ['x'],
      field: () => ({ y: tf.scalar(0) }) as unknown as Record<'x', Tensor>,
    });
    expect(() => wrong.derivative(t, tf.zeros([3, 1]), tf.zeros([3, 1]))).toThrow(/of x, got y/);
    expect(() => still.derivative(t, tf.zeros([3, 2]), tf.zeros([3, 1]))).toThrow(ShapeError);
    expect(() => cascadedTanks().derivative(t, tf.ones([1, 2]), tf.ones([1, 4]))).toThrow(
      /inputs u/,
    );
    expect(() =>
      simulate(still, { parameters: tf.ones([3, 1]), context: tf.ones([2, 1]), times: [0, 1] }),
    ).toThrow(ShapeError);
  });
});
