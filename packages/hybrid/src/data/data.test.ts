import { DataError, DomainError, Key, OptionError } from '@pushforward/tensors';
import { dkwBound, expectNoLeak, kolmogorovSmirnov } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  dampedPendulums,
  reactingSubstances,
  type SimulatedSystem,
  seriesCircuits,
  simulate,
  Trajectories,
} from '../index.js';

describe('simulated systems', () => {
  it('are seen when and as often as the source says, with parameters of its laws', () => {
    for (const [system, points] of [
      [dampedPendulums(), 201],
      [seriesCircuits(), 201],
      [reactingSubstances(), 51],
    ] as const) {
      expect(system.times.length).toBe(points);
      expect(system.times.at(-1)).toBe((points - 1) / 10);
      expect(Object.keys(system.laws)).toHaveLength(8);
      for (const law of Object.values(system.laws))
        expect(Object.keys(law)).toEqual(system.truth.names);
    }
  });

  it('draw from the laws: all within their ends, none told apart from uniform', () => {
    const system = dampedPendulums();
    const { parameters } = cut().draw(Key.from(1), 400, 'shifted');
    for (const [name, [low, high]] of Object.entries(system.laws.shifted!)) {
      const u = [...parameters[name]!].map((value) => (value - low) / (high - low));
      expect(kolmogorovSmirnov(u, (x) => x)).toBeLessThan(dkwBound(400));
    }
  });

  it('are accurate beyond their noise: five times as many steps say the same', () => {
    for (const system of [dampedPendulums(), seriesCircuits()]) {
      const parameters = system.truth.vector(
        Object.fromEntries(
          Object.entries(system.laws.training!).map(([name, [, high]]) => [name, [high]]),
        ),
      );
      const context = tf.tensor2d([[1.5, 0]]);
      const at = (substeps: number) =>
        simulate(system.truth, {
          ...{ parameters, context, times: system.times.slice(0, 51) },
          solver: { method: 'rk4', substeps },
        });
      expect(at(4)).toBeAllClose(at(20), { abs: 3e-5 });
    }
  });

  it('may be of fewer cells and times, and are drawn in parts where they are many', () => {
    const system = reactingSubstances({ size: 4, points: 2 });
    expect([system.times, system.expert.stateShape]).toEqual([
      [0, 0.1],
      [4, 4, 2],
    ]);
    const of = (system: SimulatedSystem) => system.draw(Key.from(1), 5).batch();
    const [whole, inParts] = [of(system), of(Object.assign(system, { atOnce: 2 * 64 }))];
    expect(inParts.x).toBeAllClose(whole.x, { abs: 1e-6 });
    expect(inParts.context!).toBeAllClose(whole.context!, { abs: 1e-6 });
    // The first part has the noise of the whole, and others have their own.
    const noisy = of(Object.assign(cut(), { atOnce: 2 * 4 }));
    const noises = [0, 1].map((part) => tf.slice(noisy.context!, [2 * part, 1], [2, 1]));
    expect(noises[0]!).not.toBeAllClose(noises[1]!, { abs: 1e-6 });
  });

  it('refuse what they do not know, and leave no tensor behind', () => {
    const system = cut();
    expect(() => system.draw(Key.from(1), 2, 'other')).toThrow(/known laws are training/);
    expect(() => system.draw(Key.from(1), 2, { omega0: [1, 2] })).toThrow(OptionError);
    expect(() => reactingSubstances({ points: 1 })).toThrow(DomainError);
    expectNoLeak(() => system.draw(Key.from(1), 2));
  });
});

describe('Trajectories', () => {
  const seen = new Trajectories({
    times: [0, 1, 3],
    stateShape: [2],
    states: Float32Array.from({ length: 12 }, (_, i) => i),
    inputs: Float32Array.of(10, 20, 30, 40, 50, 60),
    parameters: { a: Float32Array.of(7, 8) },
  });

  it('are the first state and inputs as context, the rest as what follows', () => {
    const { x, context } = seen.batch();
    expect(x).toBeAllClose(
      [
        [
          [2, 3],
          [4, 5],
        ],
        [
          [8, 9],
          [10, 11],
        ],
      ],
      {},
    );
    expect(context!).toBeAllClose(
      [
        [0, 1, 10, 20, 30],
        [6, 7, 40, 50, 60],
      ],
      {},
    );
    const shorter = seen.subset([1]).until(2);
    expect(shorter.batch().x).toBeAllClose([[[8, 9]]], {});
    expect(shorter.batch().context!).toBeAllClose([[6, 7, 40, 50]], {});
    expect([...shorter.parameters.a!]).toEqual([8]);
  });

  it('come in batches, each once, and leave no tensor behind', () => {
    const firsts: number[] = [];
    expectNoLeak(() => {
      for (const { x, context } of seen.batches(Key.from(1), 1)) {
        firsts.push(context!.dataSync()[0]!);
        tf.dispose([x, context!]);
      }
    });
    expect(firsts.sort((a, b) => a - b)).toEqual([0, 6]);
  });

  it('refuse parts that do not fit', () => {
    const parts = { times: [0, 1], stateShape: [1], states: new Float32Array(4) };
    expect(() => new Trajectories({ ...parts, times: [1, 1] })).toThrow(DataError);
    expect(() => new Trajectories({ ...parts, states: new Float32Array(3) })).toThrow(DataError);
    for (const inputs of [new Float32Array(3), new Float32Array(6)])
      expect(() => new Trajectories({ ...parts, inputs })).toThrow(DataError);
    expect(() => new Trajectories({ ...parts, states: Float32Array.of(0, 0, NaN, 0) })).toThrow(
      /finite/,
    );
    expect(() => new Trajectories({ ...parts, parameters: { a: new Float32Array(3) } })).toThrow(
      '2 trajectories, but 3 of a',
    );
  });
});

/** The pendulums' laws, without their many steps. */
function cut() {
  const system = dampedPendulums();
  return Object.assign(system, { times: [0, 0.1] });
}
