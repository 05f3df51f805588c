/** Trajectories and gradients of physical systems and of a flow, known to twelve digits. */
import { describeGolden, type GoldenRecord, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { systems } from '../../test/systems.js';
import type { Tensor } from '../types.js';
import type { Field } from './field.js';
import { type AdaptiveSteps, type FixedSteps, odeSolve } from './odeSolve.js';

const methods = ['euler', 'midpoint', 'heun', 'rk4'] as const;

describeGolden('t17_hybrid', ({ cases, tolerance }) => {
  const known = cases.filter(({ params }) => params.text('system') in systems);
  it('has the systems', () => {
    expect(known).toHaveLength(6);
  });

  const largest = (values: number[]) => Math.max(...values.map(Math.abs));
  const expectNear = (got: Tensor, expected: Tensor, share: number, chaos = 1) => {
    const scale = largest([...expected.dataSync()]);
    expect(got).toBeAllClose(expected, { abs: chaos * share * scale, rel: 0 });
  };

  onEachEngine((engine) => {
    // Elsewhere two of them: what differs is arithmetic, and small kernels are slow.
    const some = engine === 'cpu' ? known : known.filter(({ name }) => /^(rlc|hybrid)/.test(name));
    describe.each(some)('$name', ({ params, input, output }) => {
      const { names, field } = systems[params.text('system')]!;
      // The double pendulum is chaotic: errors grow a hundredfold.
      const chaos = params.text('system') === 'double-pendulum' ? 10 : 1;
      const times = input.vector('t');
      const dt = params.number('dt');
      const given = () => {
        const theta = params.record('theta');
        return [input.tensor('y0'), ...names.map((name) => theta.tensor(name))] as [
          Tensor,
          ...Tensor[],
        ];
      };

      it.each(methods)('takes the steps of %s', (method) => {
        tf.tidy(() => {
          const [y0, ...inputs] = given();
          const got = odeSolve(field, y0, times, { method, step: dt, inputs });
          // Every step, of which the file keeps those at the asked times.
          const states = output.matrix(method);
          const every = (states.length - 1) / (times.length - 1);
          const expected = tf.tensor(times.map((_, i) => states[i * every]!));
          expectNear(got, expected, tolerance.rel ?? 0, chaos);
        });
      });

      it('comes to the exact trajectory where steps are adapted', () => {
        tf.tidy(() => {
          const [y0, ...inputs] = given();
          const options = { method: 'dopri5', rtol: 1e-6, atol: 1e-6, inputs } as const;
          const got = odeSolve(field, y0, times, options);
          expectNear(got, output.tensor('y'), 2e-5, chaos);
        });
      });

      const loss = (options: FixedSteps | AdaptiveSteps) => {
        const target = input.tensor('target');
        return (y0: Tensor, ...inputs: Tensor[]) => {
          const solution = odeSolve(field, y0, times, { ...options, inputs });
          return tf.mul(0.5, tf.sum(tf.square(tf.sub(solution, target))));
        };
      };
      const expectGradients = (got: Tensor[], expected: GoldenRecord, share: number) => {
        const theta = expected.record('theta');
        const all = [expected.tensor('y0'), ...names.map((name) => theta.tensor(name))];
        const scale = largest(all.flatMap((tensor) => [...tensor.dataSync()]));
        for (const [i, gradient] of got.entries())
          expect(gradient).toBeAllClose(all[i]!, { abs: share * scale, rel: 0 });
      };

      it.each([false, true])('has the gradients of rk4, with checkpoint: %s', (checkpoint) => {
        tf.tidy(() => {
          const f = loss({ method: 'rk4', step: dt, checkpoint });
          const { value, grads } = tf.valueAndGrads(f)(given());
          expect(tf.reshape(value, [1])).toBeAllClose([output.number('loss_rk4')], { rel: 1e-4 });
          expectGradients(grads, output.record('grads_rk4'), 1e-4);
        });
      });

      it('has the exact gradients where steps are adapted', () => {
        tf.tidy(() => {
          const f = loss({ method: 'dopri5', rtol: 1e-6, atol: 1e-6 });
          expectGradients(tf.grads(f)(given()), output.record('grads'), 1e-4);
        });
      });
    });
  });
});

describeGolden('t11_cnf', ({ cases, tolerance }) => {
  describe.each(cases)('$name', ({ params, input, output }) => {
    /** A network that reads z and t. */
    const activation = params.text('activation') === 'tanh' ? tf.tanh : tf.softplus;
    const field: Field = (t, z) => {
      const time = tf.mul(t, tf.ones([z.shape[0], 1]));
      const layers = params.records('layers');
      return layers.reduce<Tensor>(
        (h, layer, i) => {
          const sum = tf.add(tf.matMul(h, layer.tensor('W'), false, true), layer.tensor('b'));
          return i + 1 < layers.length ? activation(sum) : sum;
        },
        tf.concat([z, time], 1),
      );
    };
    const end = (x: Tensor, times: number[], options: FixedSteps | AdaptiveSteps) =>
      tf.squeeze(tf.slice(odeSolve(field, x, times, options), 1), [0]);

    it.each([5, 20])('%i steps of rk4 are those of the file', (substeps) => {
      tf.tidy(() => {
        const got = end(input.tensor('x'), [0, 1], { method: 'rk4', substeps });
        const expected = output.record('rk4').record(String(substeps)).tensor('z1');
        expect(got).toBeAllClose(expected, tolerance);
      });
    });

    it('there and back, steps that adapt come to the exact states', () => {
      tf.tidy(() => {
        const options = { method: 'dopri5', rtol: 1e-6, atol: 1e-6 } as const;
        const near = { abs: 1e-5, rel: 1e-5 };
        expect(end(input.tensor('x'), [0, 1], options)).toBeAllClose(output.tensor('z1'), near);
        expect(end(input.tensor('z'), [1, 0], options)).toBeAllClose(output.tensor('x_inv'), near);
      });
    });
  });
});
