/** Differential equations in programs, as loops and written out, against eager code. */
import { type Field, interpolant, Key, odeSolve, type Tensor, tanh } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from './compile.js';
import { simplify } from './passes/simplify.js';
import { withLoopsUnrolled } from './passes/unrolled.js';
import { trace } from './record/trace.js';
import { replay } from './run/replay.js';

const times = (count: number, step = 0.1) => Array.from({ length: count + 1 }, (_, i) => i * step);

/** A pendulum pushed by a measured force, of one frequency for each sample. */
const pendulum: Field = (t, y, square) => {
  const [angle, speed] = tf.split(y, 2, 1) as [Tensor, Tensor];
  const force = interpolant([0, 1, 2, 30], tf.tensor1d([0, 1, -1, 2]))(t);
  return tf.concat([speed, tf.sub(force, tf.mul(square, tf.sin(angle)))], 1);
};

const nodesOf = (text: string) => Number(/(\d+) nodes/.exec(text)![1]);

onEachEngine((engine) => {
  const target = engine === 'cpu' ? 'replay' : 'onnx';
  const [y0, square] = [Key.from(1).normal([6, 2]), tf.abs(Key.from(2).normal([6, 1]))];

  describe(target, () => {
    test.each([
      { grid: times(9), substeps: 2 },
      { grid: [0, 0.1, 0.3, 0.7], substeps: 1 },
      { grid: times(3, -0.2), substeps: 6 },
    ])(
      'trajectories of $substeps steps between the times $grid are those of eager code',
      async ({ grid, substeps }) => {
        const solve = (y0: Tensor, square: Tensor) =>
          odeSolve(pendulum, y0, grid, { method: 'rk4', inputs: [square], substeps });
        const compiled = compile(solve, { target });
        for (const scale of [1, -0.3]) {
          const start = tf.mul(y0, scale);
          expect(await compiled(start, square)).toBeAllClose(solve(start, square), {
            abs: 1e-5,
            rel: 1e-5,
          });
        }
        expect(compiled.explain()).toMatch(/carry %\d+\n {2}stack %\d+/);
        compiled.dispose();
      },
    );

    const gradients =
      (count: number, checkpoint: boolean) =>
      (y0: Tensor, square: Tensor): Tensor[] =>
        tf.grads((y0: Tensor, square: Tensor) => {
          const options = { method: 'rk4', checkpoint, inputs: [square] } as const;
          return tf.sum(tf.square(odeSolve(pendulum, y0, times(count), options)));
        })([y0, square]);

    test.each([true, false])(
      'gradients with checkpoint: %s are those of eager code',
      async (is) => {
        const compiled = compile(gradients(8, is), { target });
        const expected = gradients(8, false)(y0, square);
        for (const [i, tensor] of (await compiled(y0, square)).entries())
          expect(tensor).toBeAllClose(expected[i]!, { abs: 1e-4, rel: 1e-4 });
        compiled.dispose();
      },
    );

    test('programs are as long for 100 steps as for 20, gradients and all', async () => {
      const lengths = [];
      for (const count of [20, 100]) {
        const compiled = compile(gradients(count, true), { target });
        await compiled(y0, square);
        lengths.push(nodesOf(compiled.explain()));
        compiled.dispose();
      }
      expect(lengths[1]).toBe(lengths[0]);
    });

    test('training with an optimiser comes to the parameters of eager training', async () => {
      const fit = () => {
        const weight = tf.variable(Key.from(3).normal([2, 2]));
        const optimizer = tf.train.adam(0.05);
        const field: Field = (_, y) => tanh(tf.matMul(y, weight));
        const step = (y0: Tensor) =>
          optimizer.minimize(() => {
            const options = { method: 'heun', checkpoint: true } as const;
            const solution = odeSolve(field, y0, times(6), options);
            return tf.mean<tf.Scalar>(tf.square(tf.sub(solution, 1)));
          }, true)!;
        return { weight, step };
      };
      const [eager, compiled] = [fit(), fit()];
      const step = compile(compiled.step, { target });
      for (let i = 0; i < 10; i++) {
        const y0 = Key.from(i).normal([8, 2]);
        expect(await step(y0)).toBeAllClose(eager.step(y0), { abs: 1e-6, rel: 1e-4 });
      }
      expect(compiled.weight).toBeAllClose(eager.weight, { abs: 1e-5, rel: 1e-4 });
      expect(step.explain()).toContain('Scan');
    });

    test('recording and running leave no tensor behind', async () => {
      await expectNoLeak(async () => {
        const compiled = compile(gradients(5, true), { target });
        tf.dispose([await compiled(y0, square), await compiled(y0, square)]);
        compiled.dispose();
      });
    });
  });
});

test('loops written out give the same numbers', async () => {
  const y0 = Key.from(1).normal([6, 2]);
  const field: Field = (t, y) => tf.sin(tf.add(y, t));
  const before = simplify(
    trace(
      (y0: Tensor) => [
        odeSolve(field, y0, times(5), { method: 'midpoint' }),
        ...tf.grads((y0: Tensor) =>
          odeSolve(field, y0, times(5), { method: 'midpoint', checkpoint: true }),
        )([y0]),
      ],
      [y0],
    ).program!,
  );
  const after = withLoopsUnrolled(before);
  expect(before.nodes.filter(({ body }) => body !== undefined)).not.toHaveLength(0);
  expect(after.nodes.filter(({ body }) => body !== undefined)).toHaveLength(0);
  const expected = await replay(before).run([y0], []);
  for (const [i, tensor] of (await replay(after).run([y0], [])).entries())
    expect(tensor).toBeAllClose(expected[i]!, { rel: 1e-6 });
});

test('steps that adapt are refused, with what to do instead', async () => {
  const f = compile((y: Tensor) => odeSolve((_, y) => y, y, [0, 1], { method: 'dopri5' }), {
    target: 'replay',
  });
  await expect(f(tf.scalar(1))).rejects.toThrow("Take a method of fixed steps, such as 'rk4'");
});
