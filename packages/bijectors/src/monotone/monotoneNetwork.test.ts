import { Key, type Tensor, useEngine } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { MonotoneNetwork } from './monotoneNetwork.js';

const [forWeights, forX] = Key.from(90).split(2);
const umnn = {
  embedding: 4,
  hidden: [12],
  activation: 'tanh',
  positive: 'softplus',
  leastSlope: 0.01,
  steps: 40,
} as const;

function scattered(increasing: number, others: number): MonotoneNetwork {
  const net = new MonotoneNetwork(forWeights, { increasing, others, hidden: [8], umnn });
  for (const [i, weight] of net.parameters().entries())
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(0.5, forWeights.foldIn(i).normal(weight.shape))));
    });
  return net;
}

onEachEngine((engine) => {
  beforeAll(() => useEngine(engine as 'cpu'));

  describe.each([
    [1, 0],
    [1, 2],
    [3, 0],
    [2, 3],
  ])('%d increasing inputs and %d others', (increasing, others) => {
    const inputs = increasing + others;

    it('starts as the sum of the increasing inputs', () => {
      const net = new MonotoneNetwork(forWeights, { increasing, others, umnn });
      tf.tidy(() => {
        const x = forX.normal([20, inputs]);
        const sum = tf.sum(tf.slice(x, [0, 0], [20, increasing]), 1, true);
        expect(net.apply(x)).toBeAllClose(sum, { abs: 1e-5 });
      });
      net.dispose();
    });

    it('increases in those, and in the others as it likes', () => {
      const net = scattered(increasing, others);
      tf.tidy(() => {
        const x = tf.mul(3, forX.normal([200, inputs]));
        const slopes = tf
          .grad((x: Tensor) => net.apply(x))(x)
          .arraySync() as number[][];
        for (let i = 0; i < inputs; i++) {
          const column = slopes.map((row) => row[i]!);
          if (i < increasing) expect(Math.min(...column)).toBeGreaterThan(0);
        }
        const free = slopes.flatMap((row) => row.slice(increasing));
        if (others > 0) {
          expect(Math.min(...free)).toBeLessThan(0);
          expect(Math.max(...free)).toBeGreaterThan(0);
        }
        // Not by its gradient alone: along a line in one input.
        for (let i = 0; i < increasing; i++) {
          const direction = tf.tensor2d([
            Array.from({ length: inputs }, (_, j) => Number(i === j)),
          ]);
          const line = tf.mul(tf.reshape(tf.linspace(-12, 12, 200), [-1, 1]), direction);
          const y = valuesOf(net.apply(tf.add(line, tf.slice(x, 0, 1))));
          expect(y.slice(1).every((value, k) => value > y[k]!)).toBe(true);
        }
      });
      net.dispose();
    });

    it('has a use for every weight, those of each function its own', () => {
      const net = scattered(increasing, others);
      tf.tidy(() => {
        const x = forX.normal([50, inputs]);
        const { grads } = tf.variableGrads(() => tf.sum<tf.Scalar>(tf.square(net.apply(x))));
        const idle = [...net.namedParameters()].filter(([, { name }]) =>
          valuesOf(grads[name]!).includes(0),
        );
        expect(idle.map(([name]) => name)).toEqual([]);
      });
      net.dispose();
    });

    it('keeps the axes of a batch, and leaves no tensor behind', () => {
      const net = scattered(increasing, others);
      const x = forX.normal([2, 3, inputs]);
      expect(net.apply(x).shape).toEqual([2, 3, 1]);
      expect(tf.reshape(net.apply(x), [6, 1])).toBeAllClose(net.apply(tf.reshape(x, [6, -1])), {
        abs: 1e-6,
      });
      expectNoLeak(() => net.apply(x));
      expectNoLeak(() => tf.tidy(() => tf.grad((x: Tensor) => net.apply(x))(x)));
      net.dispose();
    });
  });
});

it('fits a function of which only the monotony is known', () => {
  // y = x_1^3 / 10 + tanh(2 x_2) + sin(x_3), increasing in x_1 and x_2.
  const net = new MonotoneNetwork(forWeights, {
    increasing: 2,
    others: 1,
    hidden: [16],
    umnn: { ...umnn, steps: 10 },
  });
  const x = tf.mul(1.5, forX.normal([128, 3]));
  const [a, b, c] = tf.split(x, 3, 1) as [Tensor, Tensor, Tensor];
  const y = tf.addN([tf.mul(0.1, tf.pow(a, 3)), tf.tanh(tf.mul(2, b)), tf.sin(c)]);
  const adam = tf.train.adam(0.02);
  const loss = () => tf.mean<tf.Scalar>(tf.square(tf.sub(net.apply(x), y)));
  const variance = valuesOf(tf.moments(y).variance)[0]!;
  for (let step = 0; step < 100; step++) adam.minimize(loss, false, net.parameters());
  expect(valuesOf(loss())[0]! / variance).toBeLessThan(0.05);
});

it('refuses options that are unknown or outside their domain', () => {
  const refused = (options: object, message: string) => {
    expect(() => new MonotoneNetwork(forWeights, options)).toThrow(message);
  };
  refused({ umnn: { hidden: 20 } }, 'hidden must be a list of integers >= 1, got 20');
  refused({ increasing: 0 }, 'increasing must be an integer >= 1, got 0');
  refused({ others: -1 }, 'others must be an integer >= 0, got -1');
  refused({ monotone: 1 }, "unknown option 'monotone'");
});
