import '@pushforward/testing/float64';
import type { Tensor } from '@pushforward/tensors';
import { describeGolden, type GoldenCase, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import {
  doublePendulum,
  type Expert,
  lotkaVolterra,
  pendulum,
  reactionDiffusion,
  rlcCircuit,
  simulate,
} from '../index.js';

/** One case of a system of numbers: the expert, and its parameters by the names of the file. */
interface Subject {
  readonly expert: Expert;
  readonly parameters: Record<string, number>;
}

const subjects: Record<string, (theta: (name: string) => number) => Subject> = {
  pendulum: (theta) => ({
    expert: pendulum({ complete: true }),
    parameters: { omega0: Math.sqrt(theta('omega0_sq')), alpha: theta('alpha') },
  }),
  rlc: (theta) => ({
    expert: rlcCircuit({
      complete: true,
      voltage: (t) => tf.mul(theta('V0'), tf.sin(tf.mul(theta('w'), t))),
    }),
    parameters: { L: theta('L'), C: theta('C'), R: theta('R') },
  }),
  'lotka-volterra': (theta) => ({
    expert: lotkaVolterra(),
    parameters: {
      alpha: theta('alpha'),
      beta: theta('beta'),
      delta: theta('delta'),
      gamma: theta('gamma'),
    },
  }),
  'double-pendulum': (theta) => ({
    expert: doublePendulum({ gravity: theta('g') }),
    parameters: { l1: theta('l1'), l2: theta('l2'), m1: theta('m1'), m2: theta('m2') },
  }),
};

describeGolden('t17_hybrid', ({ cases }) => {
  onEachEngine(() => {
    for (const golden of cases.filter(({ params }) => params.text('system') in subjects))
      it(`${golden.name}: trajectories and gradients of RK4`, () => {
        const { expert, parameters } = subjects[golden.params.text('system')]!((name) =>
          golden.params.record('theta').number(name),
        );
        const times = golden.input.vector('t');
        const context = tf.tensor2d([golden.input.vector('y0')]);
        const step = golden.params.number('dt');
        const run = (z: Tensor, context: Tensor) =>
          tf.squeeze(
            simulate(expert, { parameters: z, context, times, solver: { method: 'rk4', step } }),
            [0],
          );
        const z = expert.vector(
          Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
        );
        const largest = Math.max(...golden.output.matrix('rk4').flat().map(Math.abs));
        expect(run(z, context)).toBeAllClose(golden.output.tensor('rk4'), { abs: 1e-9 * largest });

        const target = golden.input.tensor('target');
        const loss = (z: Tensor, context: Tensor) =>
          tf.mul(0.5, tf.sum(tf.square(tf.sub(run(z, context), target))));
        expect(loss(z, context)).toBeAllClose(golden.output.number('loss_rk4'), { rel: 1e-9 });
        const [byParameter, byStart] = tf.grads(loss)([z, context]);
        const start = golden.output.record('grads_rk4').vector('y0');
        expect(byStart!).toBeAllClose([start], { abs: 1e-8 * Math.max(...start.map(Math.abs)) });
        const expected = expectedGradient(golden, expert, parameters);
        expect(byParameter!).toBeAllClose([expected], {
          abs: 1e-8 * Math.max(...expected.map(Math.abs)),
        });
      });

    for (const golden of cases.filter(({ params }) => params.text('system') === 'fhn2d'))
      it(`${golden.name}: fields of RK4`, () => {
        const expert = reactionDiffusion({ complete: true });
        const n = golden.params.number('n');
        const fields = ['modes_u', 'modes_v'].map((name) => waves(n, golden.params.matrix(name)));
        const parameters = expert.vector(
          Object.fromEntries(expert.names.map((name) => [name, [golden.params.number(name)]])),
        );
        const [first] = golden.input.vector('t_store');
        const y = simulate(expert, {
          parameters,
          context: tf.reshape(tf.stack(fields, -1), [1, -1]),
          times: [0, first!],
          solver: { method: 'rk4', step: golden.params.number('dt') },
        });
        const [u, v] = tf.unstack(tf.slice(y, [0, 1], [1, 1]), -1);
        const rk4 = golden.output.record('rk4');
        for (const [field, name] of [
          [u!, 'u'],
          [v!, 'v'],
        ] as const) {
          expect(tf.sum(field)).toBeAllClose(rk4.vector(`${name}_sum`)[0]!, { abs: 1e-9 });
          expect(tf.sum(tf.square(field))).toBeAllClose(rk4.vector(`${name}_sq_sum`)[0]!, {
            abs: 1e-9,
          });
        }
      });
  });
});

/** dloss/dz by the names of the expert. */
function expectedGradient(
  { output }: GoldenCase,
  expert: Expert,
  parameters: Record<string, number>,
): number[] {
  const byTheta = output.record('grads_rk4').record('theta');
  return expert.names.map((name) =>
    // The file has the square of the frequency: d/domega = 2 omega d/domega^2.
    name === 'omega0' ? 2 * parameters.omega0! * byTheta.number('omega0_sq') : byTheta.number(name),
  );
}

/** sum_m amplitude cos(2 pi (p i + q j) / n + phase). */
function waves(n: number, modes: readonly number[][]): Tensor {
  const at = (i: number, j: number) =>
    modes.reduce(
      (sum, [amplitude, p, q, phase]) =>
        sum + amplitude! * Math.cos((2 * Math.PI * (p! * i + q! * j)) / n + phase!),
      0,
    );
  const cells = Array.from({ length: n }, (_, i) => i);
  return tf.tensor2d(cells.map((i) => cells.map((j) => at(i, j))));
}
