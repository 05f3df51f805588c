/** Sums in turns, recorded as one turn and run as loops, against the same sums of eager code. */
import { clenshawCurtis, integral, Key, sumInTurns, type Tensor, tanh } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import * as web from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { compile } from './compile.js';
import { exportOnnx } from './export.js';

type Sum = (x: Tensor, w: Tensor) => Tensor;

/** The gradients of the sum of all that f gives. */
const slopesOf = (f: Sum) => (x: Tensor, w: Tensor) =>
  tf.grads((x: Tensor, w: Tensor) => tf.sum(f(x, w)))([x, w]) as [Tensor, Tensor];

/** sum_k k tanh(k x W), k = 0.1, ..., 0.1 count. */
const waves =
  (count: number): Sum =>
  (x, w) =>
    sumInTurns(
      ([k], x, w) => [tf.mul(k!, tanh(tf.mul(k!, tf.matMul(x, w))))],
      [tf.mul(0.1, tf.range(1, count + 1))],
      [x, w],
    )[0]!;

const nodesOf = (text: string) => Number(/(\d+) nodes/.exec(text)![1]);

onEachEngine((engine) => {
  const target = engine === 'cpu' ? 'replay' : 'onnx';
  const [x, w] = [Key.from(1).normal([6, 3]), Key.from(2).normal([3, 2])];

  describe(target, () => {
    test('are what they are in eager code, with first and second derivatives', async () => {
      const f = (x: Tensor, w: Tensor) => {
        const first = slopesOf(waves(9));
        const second = slopesOf((x, w) => {
          const [dx, dw] = first(x, w);
          return tf.add(tf.sum(tf.square(dx)), tf.sum(tf.square(dw)));
        });
        return [waves(9)(x, w), ...first(x, w), ...second(x, w)];
      };
      const compiled = compile(f, { target });
      for (const scale of [1, -0.3]) {
        const expected = tf.tidy(() => f(tf.mul(x, scale), w));
        const got = await compiled(tf.mul(x, scale), w);
        for (const [i, tensor] of got.entries())
          expect(tensor).toBeAllClose(expected[i]!, { abs: 1e-5, rel: 1e-4 });
      }
      expect(compiled.explain()).toContain('{turns: 9}');
      compiled.dispose();
    });

    test.each<[string, (count: number) => Sum]>([
      ['sums', waves],
      [
        'integrals',
        (steps) => (x, w) =>
          integral((t, w) => tanh(tf.mul(t, tf.sum(w))), x, [w], {
            rule: clenshawCurtis(steps),
            nodesAtOnce: 2,
          }),
      ],
    ])('programs of %s are as long for 500 turns as for 20, derivatives and all', async (_, of) => {
      const lengths = [];
      for (const count of [20, 100, 500]) {
        const slopes = compile(slopesOf(of(count)), { target });
        await slopes(x, w);
        lengths.push(nodesOf(slopes.explain()));
        slopes.dispose();
      }
      expect(lengths[1]).toBe(lengths[0]);
      expect(lengths[2]).toBe(lengths[0]);
    });

    test('training with an optimiser comes to the parameters of eager training', async () => {
      const fit = () => {
        const v = tf.variable(Key.from(3).normal([3, 2]));
        const optimizer = tf.train.adam(0.05);
        const rule = clenshawCurtis(20);
        const area = (x: Tensor) =>
          integral(
            (t, v) =>
              tf.square(
                tanh(
                  tf
                    .matMul(tf.reshape(t, [-1, 3]), v)
                    .reshape([...t.shape.slice(0, 2), 2])
                    .sum(2, true)
                    .add(t),
                ),
              ),
            x,
            [v],
            { rule, nodesAtOnce: 4 },
          );
        const step = (x: Tensor) =>
          optimizer.minimize(() => tf.mean<tf.Scalar>(tf.square(tf.sub(area(x), 1))), true)!;
        return { v, step };
      };
      const [eager, compiled] = [fit(), fit()];
      const step = compile(compiled.step, { target });
      for (let i = 0; i < 20; i++) {
        const x = Key.from(i).normal([8, 3]);
        expect(await step(x)).toBeAllClose(eager.step(x), { abs: 1e-6, rel: 1e-4 });
      }
      expect(compiled.v).toBeAllClose(eager.v, { abs: 1e-5, rel: 1e-4 });
      expect(step.explain()).toContain('SumInTurns');
    });

    test('a turn reads arguments, variables, draws and other sums', async () => {
      const v = tf.variable(tf.tensor1d([2, 3]));
      const f = (key: Key, x: Tensor) => {
        const noise = key.normal([2]);
        const outer = sumInTurns(
          ([k]) => {
            const [inner] = sumInTurns(
              ([j]) => [tf.mul(tf.add(j!, k!), tf.add(x, v))],
              [tf.range(0, 3)],
            );
            return [tf.add(inner!, noise), tf.mul(x, 2)];
          },
          [tf.range(0, 4)],
        );
        v.assign(tf.add(v, outer[1]!));
        return outer;
      };
      const compiled = compile(f, { target });
      for (const seed of [1, 2]) {
        const before = valuesOf(v);
        const x = tf.tensor1d([seed, 5]);
        const expected = tf.tidy(() => f(Key.from(seed), x));
        v.assign(tf.tensor1d(before));
        const got = await compiled(Key.from(seed), x);
        for (const [i, tensor] of got.entries())
          expect(tensor).toBeAllClose(expected[i]!, { rel: 1e-6 });
        expect(v).toBeAllClose(tf.add(before, tf.mul(8, x)), { rel: 1e-6 });
      }
    });

    test('recording and running leave no tensor behind', async () => {
      await expectNoLeak(async () => {
        const slope = compile(slopesOf(waves(5)), { target });
        tf.dispose([await slope(x, w), await slope(x, w)]);
        slope.dispose();
      });
    });
  });
});

describe('a recording refuses', () => {
  test('a turn that assigns a variable', async () => {
    const count = tf.variable(tf.scalar(0));
    const f = compile(
      (x: Tensor) =>
        sumInTurns(
          ([k]) => {
            count.assign(tf.add(count, 1));
            return [tf.mul(k!, x)];
          },
          [tf.range(0, 3)],
        ),
      { target: 'replay' },
    );
    await expect(f(tf.scalar(1))).rejects.toThrow(
      'a turn of sumInTurns or odeSolve assigns a variable',
    );
    expect(valuesOf(count)).toEqual([0]);
  });

  test('a tensor that outlives its turn', async () => {
    const f = compile(
      (x: Tensor) => {
        let kept: Tensor | undefined;
        sumInTurns(
          ([k]) => {
            kept = tf.keep(tf.mul(k!, x));
            return [kept];
          },
          [tf.range(0, 3)],
        );
        return tf.exp(kept!);
      },
      { target: 'replay' },
    );
    await expect(f(tf.scalar(1))).rejects.toThrow(
      'made within a turn of sumInTurns or odeSolve is used after it',
    );
  });
});

test('what is the same in all turns is done once, and kept things may be used afterwards', async () => {
  const f = compile(
    (x: Tensor) => {
      let same: Tensor | undefined;
      const sums = sumInTurns(
        ([k]) => {
          same = tf.keep(tf.exp(x));
          return [tf.mul(k!, same)];
        },
        [tf.range(0, 4)],
      );
      const sum = tf.add(sums[0]!, same!);
      same!.dispose();
      return sum;
    },
    { target: 'onnx' },
  );
  expect(await f(tf.tensor1d([0, 1]))).toBeAllClose([7, 7 * Math.E], { rel: 1e-6 });
  expect(f.explain()).toMatch(/^%\d+ = Exp/m);
  expect(f.explain()).toMatch(/^ {2}%\d+ = Multiply\(constant\d+\[turn\], %\d+\)/m);
});

test('in double precision', async () => {
  const f = compile((x: Tensor, w: Tensor) => waves(30)(x, w), {
    target: 'onnx',
    precision: 'float64',
  });
  const [sum] = [await f(tf.tensor2d([[1]]), tf.tensor2d([[0.5]]))];
  let expected = 0;
  for (let k = 1; k <= 30; k++) expected += Math.fround(0.1) * k * Math.tanh(0.05 * k);
  expect(sum).toBeAllClose([[expected]], { rel: 3e-7 });
});

test('an exported file holds the loop, and runs elsewhere', async () => {
  const w = tf.variable(Key.from(2).normal([3, 2]));
  const x = Key.from(1).normal([6, 3]);
  const sizes = [];
  for (const count of [20, 500]) {
    const bytes = await exportOnnx((x: Tensor) => waves(count)(x, w), [x]);
    const session = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    const { result0 } = await session.run({
      argument0: new web.Tensor('float32', x.dataSync() as Float32Array, [6, 3]),
    });
    expect(result0!.data as Float32Array).toBeAllClose(waves(count)(x, w).dataSync(), {
      abs: 1e-4,
      rel: 1e-4,
    });
    sizes.push(bytes.length);
  }
  // The numbers that turns are taken over, and lengths written with one digit more.
  expect(sizes[1]! - sizes[0]!).toBeLessThan(4 * 480 + 16);
});
