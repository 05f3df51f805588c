import { DomainError, Key, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { GRU } from './index.js';

const [forGRU, forX, forStart] = Key.from(1).split(3);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The formulas, number by number, for one sequence. */
function states({ read, recall, size }: GRU, x: readonly number[][], start: readonly number[]) {
  const [weights, weightsOfState] = [read.weight, recall.weight].map(
    (weight) => weight.arraySync() as number[][],
  );
  const [bias, biasOfState] = [read.bias!, recall.bias!].map((b) => b.arraySync() as number[]);
  const product = (u: readonly number[], w: number[][], b: number[], k: number) =>
    u.reduce((sum, value, i) => sum + value * w[i]![k]!, b[k]!);
  let h = start;
  return x.map((u) => {
    const from = (k: number) => product(u, weights!, bias!, k);
    const before = (k: number) => product(h, weightsOfState!, biasOfState!, k);
    h = h.map((value, i) => {
      const r = sigmoid(from(i) + before(i));
      const s = sigmoid(from(size + i) + before(size + i));
      const n = Math.tanh(from(2 * size + i) + r * before(2 * size + i));
      return (1 - s) * n + s * value;
    });
    return h;
  });
}

onEachEngine(() => {
  describe('GRU', () => {
    it('is its formulas, step by step', () => {
      const gru = new GRU(forGRU, 3, 4);
      const x = forX.normal([2, 5, 3]);
      const start = forStart.normal([2, 4]);
      const starts = start.arraySync() as number[][];
      const expected = (x.arraySync() as number[][][]).map((x, i) => states(gru, x, starts[i]!));
      expect(gru.apply(x, start)).toBeAllClose(expected, { abs: 1e-6 });
      expect(gru.last(x, start)).toBeAllClose(
        expected.map((states) => states.at(-1)!),
        { abs: 1e-6 },
      );
      let state: Tensor = start;
      for (const u of tf.unstack(x, 1)) state = gru.step(u, state);
      expect(state).toBeAllClose(gru.last(x, start), { abs: 1e-6 });
      expect(gru.apply(x)).toBeAllClose(gru.apply(x, tf.zeros([2, 4])), {});
      for (const call of [() => gru.apply(x), () => gru.last(x, start)]) expectNoLeak(call);
      const u = forX.normal([2, 3]);
      expectNoLeak(() => gru.step(u, start));
    });

    it('has the numbers of PyTorch', () => {
      // torch.nn.GRU(1, 2) with weight_ih[k] = sin(k + 1), weight_hh[k][j] = cos(k + 2 j), bias_ih[k] = k / 10 and
      // bias_hh[k] = 0.3 - k / 5, from the state (0.3, -0.4).
      const gru = new GRU(forGRU, 1, 2);
      const rows = (of: (k: number) => number) => tf.tensor1d([0, 1, 2, 3, 4, 5].map(of));
      gru.read.weight.assign(
        tf.reshape(
          rows((k) => Math.sin(k + 1)),
          [1, 6],
        ),
      );
      gru.recall.weight.assign(tf.stack([rows(Math.cos), rows((k) => Math.cos(k + 2))]));
      gru.read.bias!.assign(rows((k) => k / 10));
      gru.recall.bias!.assign(rows((k) => 0.3 - k / 5));
      expect(gru.apply(tf.tensor2d([[1], [-0.5], [2]]), tf.tensor1d([0.3, -0.4]))).toBeAllClose(
        [
          [-0.18696146749056297, -0.47687217603436516],
          [0.06567838876629623, -0.2685836333985232],
          [-0.32068794477128193, -0.6291854060775086],
        ],
        { abs: 1e-6 },
      );
    });

    it('takes any batch', () => {
      const gru = new GRU(forGRU, 3, 4);
      const x = forX.normal([2, 3, 5, 3]);
      const flat = gru.apply(tf.reshape(x, [6, 5, 3]));
      expect(tf.reshape(gru.apply(x), [6, 5, 4])).toBeAllClose(flat, {});
      expect(gru.apply(x).shape).toEqual([2, 3, 5, 4]);
      expect(gru.last(tf.zeros([5, 3])).shape).toEqual([4]);
      expect(gru.step(tf.zeros([2, 3, 3]), tf.zeros([2, 3, 4])).shape).toEqual([2, 3, 4]);
    });
  });
});

it('GRU refuses what does not fit', () => {
  const gru = new GRU(forGRU, 3, 4);
  expect(() => new GRU(forGRU, 3, 0)).toThrow(DomainError);
  expect(() => gru.apply(tf.zeros([2, 5, 4]))).toThrow(ShapeError);
  expect(() => gru.apply(tf.zeros([3]))).toThrow('one step at least');
  expect(() => gru.apply(tf.zeros([2, 0, 3]))).toThrow('one step at least');
  expect(() => gru.last(tf.zeros([2, 5, 3]), tf.zeros([4]))).toThrow('[2, 4] is needed, got [4]');
  expect(() => gru.step(tf.zeros([2, 3]), tf.zeros([2, 5]))).toThrow(ShapeError);
});
