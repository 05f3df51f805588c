import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { DomainError, OptionError, ShapeError } from '../errors.js';
import type { Tensor } from '../types.js';
import type { Field } from './field.js';
import { type AdaptiveSteps, type FixedSteps, odeSolve } from './odeSolve.js';

const decay: Field = (_, y) => tf.neg(y);
const checkpoint = { method: 'rk4', substeps: 4, checkpoint: true } as const;
const kinds: [string, FixedSteps | AdaptiveSteps][] = [
  ['fixed steps', { method: 'rk4', substeps: 4 }],
  ['fixed steps with checkpoint', checkpoint],
  ['steps that adapt', { method: 'dopri5', rtol: 1e-6, atol: 1e-7 }],
];

onEachEngine(() => {
  describe.each(kinds)('%s', (_, options) => {
    it('keep the shape of the state, and run backward as well', () => {
      tf.tidy(() => {
        for (const shape of [[], [3], [2, 3], [2, 4, 4, 1]])
          for (const sign of [1, -1]) {
            const times = [0, 0.5, 1.25].map((t) => sign * t);
            const y0 = tf.fill(shape, 2);
            const expected = tf.stack(times.map((t) => tf.mul(y0, Math.exp(-t))));
            const got = odeSolve(decay, y0, times, options);
            expect(got).toBeAllClose(expected, { rel: 3e-4 });
          }
      });
    });

    it('each sample has parameters of its own', () => {
      tf.tidy(() => {
        const rate = tf.tensor2d([[1], [2], [0]]);
        const got = odeSolve((_, y) => tf.mul(rate, y), tf.ones([3, 2]), [0, 1], options);
        const ends = [Math.E, Math.E ** 2, 1].map((x) => [x, x]);
        expect(tf.squeeze(tf.slice(got, 1), [0])).toBeAllClose(ends, { rel: 2e-3 });
      });
    });

    it('variables that the field reads have gradients, and so have inputs', () => {
      // y' = a b y, y(1) = e^(a b).
      const a = tf.variable(tf.scalar(0.5));
      const idle = tf.variable(tf.scalar(1));
      tf.tidy(() => {
        const b = tf.scalar(0.8);
        const f = (b: Tensor) => {
          const field: Field = (_, y, b) => tf.mul(tf.mul(a, b), y);
          const inputs = [tf.mul(2, b)];
          return tf.sum(tf.slice(odeSolve(field, tf.ones([1]), [0, 1], { ...options, inputs }), 1));
        };
        const { grads } = tf.variableGrads(() => f(b) as tf.Scalar);
        const end = Math.exp(0.8);
        expect(Object.keys(grads)).toContain(a.name);
        expect(grads[a.name]!).toBeAllClose(1.6 * end, { rel: 1e-3 });
        expect(tf.grad(f)(b)).toBeAllClose(end, { rel: 1e-3 });
        expect(grads[idle.name] ?? tf.scalar(0)).toBeAllClose(0, { abs: 0 });
      });
      tf.dispose([a, idle]);
    });

    it('second derivatives are those of the solution', () => {
      tf.tidy(() => {
        // y' = -y^2: y(1) = y0 / (1 + y0).
        const end = (y0: Tensor) =>
          tf.sum(
            tf.slice(
              odeSolve((_, y) => tf.neg(tf.square(y)), y0, [0, 0.5, 1], options),
              2,
            ),
          );
        const second = tf.grad((y0: Tensor) => tf.sum(tf.grad(end)(y0)));
        const y0 = [0.5, 2];
        expect(second(tf.tensor1d(y0))).toBeAllClose(
          y0.map((y) => -2 / (1 + y) ** 3),
          { rel: 2e-3 },
        );
      });
    });

    it('a field may give back what it was handed', () => {
      const y0 = tf.ones([2]);
      tf.tidy(() => {
        const got = odeSolve((_, y) => y, y0, [0, 1], options);
        expect(tf.slice(got, 1)).toBeAllClose([[Math.E, Math.E]], { rel: 1e-3 });
      });
      expect(y0.isDisposed).toBe(false);
      y0.dispose();
    });

    it('leave no tensor behind', () => {
      const [y0, rate] = [tf.ones([2]), tf.scalar(0.3)];
      const solve = (y0: Tensor, rate: Tensor) =>
        odeSolve((_, y, rate) => tf.mul(rate, y), y0, [0, 1, 2], { ...options, inputs: [rate] });
      expectNoLeak(() => solve(y0, rate));
      expectNoLeak(() => tf.grads(solve)([y0, rate]));
      tf.dispose([y0, rate]);
    });

    it('hear of a field of another shape', () => {
      const sum: Field = (_, y) => tf.sum(y);
      expect(() => odeSolve(sum, tf.ones([2]), [0, 1], options)).toThrow(ShapeError);
    });
  });

  it('the memory of gradients grows with asked states, not with stages', () => {
    const peak = (count: number, options: Partial<FixedSteps>) => {
      let largest = 0;
      const before = tf.memory().numBytes;
      const field: Field = (_, y) => {
        largest = Math.max(largest, tf.memory().numBytes);
        return tf.tanh(tf.sin(tf.neg(y)));
      };
      const times = Array.from({ length: count + 1 }, (_, i) => i / 100);
      tf.tidy(() =>
        tf.grad((y0: Tensor) => odeSolve(field, y0, times, { method: 'rk4', ...options }))(
          tf.ones([1000]),
        ),
      );
      return largest - before;
    };
    const perStep = (options: Partial<FixedSteps>) =>
      (peak(60, options) - peak(20, options)) / 40 / 4000;
    // The solution, its derivatives, both turned around, and what they were made from: some states a step, for any field.
    expect(perStep({ checkpoint: true })).toBeLessThan(8);
    expect(perStep({})).toBeGreaterThan(20);
  });
});

describe('errors', () => {
  const solve = (times: number[], options: FixedSteps | AdaptiveSteps, field = decay) =>
    odeSolve(field, tf.ones([2]), times, options);
  const adaptive = { method: 'dopri5' } as const;

  it.each([[[0]], [[]], [[0, 0]], [[0, 1, 0.5]], [[0, Number.NaN]], [[0, Infinity]]])(
    'times %j are refused',
    (times) => {
      expect(() => solve(times, { method: 'rk4' })).toThrow('increasing or decreasing');
    },
  );

  it('steps and tolerances must make sense', () => {
    const fixed = (options: Partial<FixedSteps>) => () =>
      solve([0, 1], { method: 'rk4', ...options });
    expect(fixed({ step: 0 })).toThrow(DomainError);
    expect(fixed({ step: -1 })).toThrow('step must be finite and > 0, got -1');
    expect(fixed({ substeps: 1.5 })).toThrow('substeps must be an integer >= 1, got 1.5');
    expect(fixed({ step: 0.1, substeps: 2 })).toThrow(OptionError);
    expect(fixed({ rtol: 1 } as object)).toThrow("unknown option 'rtol'");
    expect(fixed({ method: 'rk5' as 'rk4' })).toThrow("unknown method 'rk5'");
    expect(() => solve([0, 1], { ...adaptive, rtol: 0 })).toThrow('rtol');
    expect(() =>
      solve([0, 1], { ...adaptive, checkpoint: true } as object as AdaptiveSteps),
    ).toThrow("unknown option 'checkpoint'");
  });

  it('steps that run out say how far they came', () => {
    expect(() => solve([0, 100], { ...adaptive, maxSteps: 5 })).toThrow(
      /5 steps have come as far as t = \d\.\d+, of 100/,
    );
  });

  it('what is not finite is said to be, with the time', () => {
    const ends =
      (at: number): Field =>
      (t, y) =>
        tf.mul(y, tf.sqrt(tf.sub(at, t)));
    expect(() => solve([1, 2], adaptive, ends(0))).toThrow(
      'the field is not finite at the start, t = 1',
    );
    expect(() => solve([0, 2], adaptive, ends(1))).toThrow(/not finite just after t = (1|0\.99)/);
    expect(() => odeSolve(decay, tf.fill([2], NaN), [0, 1], adaptive)).toThrow('y0 is not finite');
    // y' = y^2 from 1 has a pole at 1.
    expect(() => solve([0, 2], adaptive, (_, y) => tf.square(y))).toThrow(/t = (1|0\.999|1\.0)/);
  });

  it('fixed steps hand NaN on', () => {
    tf.tidy(() => {
      const got = solve([0, 1, 2], { method: 'euler' }, (t, y) =>
        tf.mul(y, tf.sqrt(tf.sub(0.5, t))),
      );
      expect([...got.dataSync()].map(Number.isNaN)).toEqual([
        false,
        false,
        false,
        false,
        true,
        true,
      ]);
    });
  });

  it('a computed tensor that would have no gradient is refused', () => {
    const f = (rate: Tensor) => {
      const twice = tf.mul(2, rate);
      return odeSolve((_, y) => tf.mul(twice, y), tf.ones([2]), [0, 1], checkpoint);
    };
    expect(() => tf.grad(f)(tf.scalar(1))).toThrow('Pass it in the option inputs');
  });
});

it('very fast and very slow, very large and very small states', () => {
  tf.tidy(() => {
    const options = { method: 'dopri5', rtol: 1e-5, atol: 1e-30 } as const;
    for (const rate of [1e-6, 1, 1e6])
      for (const size of [1e-20, 1, 1e20]) {
        const y0 = tf.tensor1d([size]);
        const got = odeSolve((_, y) => tf.mul(-rate, y), y0, [0, 1 / rate, 3 / rate], options);
        const expected = [1, Math.exp(-1), Math.exp(-3)].map((x) => [x * size]);
        expect(got).toBeAllClose(expected, { rel: 1e-4 });
      }
  });
});
