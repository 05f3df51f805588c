import { DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Adjacency, findCycle, LearnedGraph } from '../index.js';

const [forGraph, forGates] = Key.from(3).split(2);
const epoch = (validationLoss: number | undefined, trainLoss = 0) => ({
  epoch: 1,
  step: 1,
  trainLoss,
  validationLoss,
});
const numberOf = (scalar: tf.Tensor) => scalar.dataSync()[0]!;

const ring = (size: number, p: number) =>
  Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => (j === (i + 1) % size ? p : 0)),
  );
const slopesOf = (graph: LearnedGraph) =>
  valuesOf(
    tf.variableGrads(() => graph.penalty() as tf.Scalar, [graph.weights]).grads[
      graph.weights.name
    ]!,
  );

/** A graph whose edges have the given probabilities. */
function withProbabilities(p: number[][], options = {}): LearnedGraph {
  const graph = new LearnedGraph(forGraph, p.length, options);
  tf.tidy(() => {
    graph.weights.assign(tf.tensor2d(p.map((row) => row.map((p) => Math.sqrt(Math.atanh(p))))));
  });
  return graph;
}

onEachEngine(() => {
  describe('LearnedGraph', () => {
    it('has no gate from a dimension to itself, and other gates for every vector', () => {
      const graph = new LearnedGraph(forGraph, 3);
      const gates = graph.gates(forGates, [4]).arraySync() as number[][][];
      for (const each of gates) expect(each.map((row, i) => row[i])).toEqual([0, 0, 0]);
      expect(new Set(gates.map((each) => each[0]![1])).size).toBe(4);
      expect(numberOf(graph.acyclicity())).toBeGreaterThan(0.1);
    });

    it('is penalised by lambda w + mu w^2 / 2 + l1 mean|a|', () => {
      const graph = withProbabilities(
        [
          [0, 0.5],
          [0.25, 0],
        ],
        { l1: 3 },
      );
      graph.multiplier.assign(tf.scalar(0.7));
      graph.penaltyWeight.assign(tf.scalar(20));
      const w = (2 * 0.5 * 0.25) / 4;
      const l1 = (3 * (Math.sqrt(Math.atanh(0.5)) + Math.sqrt(Math.atanh(0.25)))) / 4;
      expect(graph.penalty()).toBeAllClose(0.7 * w + 10 * w * w + l1, { rel: 1e-6 });
    });

    it.each([10, 2])(
      'raises lambda by mu w when the loss has stalled, and mu %i-fold unless w has fallen',
      (growth) => {
        const graph = withProbabilities(
          [
            [0, 0.5],
            [0.5, 0],
          ],
          growth === 10 ? { patience: 2 } : { patience: 2, growth },
        );
        const w = numberOf(graph.acyclicity());
        const multipliers = () => [numberOf(graph.multiplier), numberOf(graph.penaltyWeight)];
        const expectMultipliers = (lambda: number, mu: number) => {
          expect(multipliers()).toBeAllClose([lambda, mu], { abs: 0, rel: 1e-5 });
        };
        // A lower loss, a stall, a lower one, two stalls.
        const told = [5, 6, 4, 4, 4].map((loss) => graph.endOfEpoch(epoch(loss)));
        expect(told).toEqual([false, false, false, false, true]);
        expectMultipliers(1e-3 * w, 1e-3);
        // The counting starts anew, a higher loss being the first; w has not fallen.
        expect([9, 9, 9].map((loss) => graph.endOfEpoch(epoch(undefined, loss)))).toEqual([
          false,
          false,
          true,
        ]);
        expectMultipliers(2e-3 * w, growth * 1e-3);
        // w falls, to 0.88 of itself, which is enough, and to 0.92 of that, which is not.
        const stallAt = (share: number) => {
          const p = 0.5 * Math.sqrt(share);
          graph.weights.assign(tf.fill([2, 2], Math.sqrt(Math.atanh(p))).mul(tf.sub(1, tf.eye(2))));
          expect(numberOf(graph.acyclicity()) / w).toBeCloseTo(share, 5);
          for (const loss of [9, 9, 9]) graph.endOfEpoch(epoch(loss));
        };
        const mu = growth * 1e-3;
        stallAt(0.88);
        expectMultipliers(2e-3 * w + mu * 0.88 * w, mu);
        stallAt(0.88 * 0.92);
        expectMultipliers(2e-3 * w + mu * (0.88 + 0.88 * 0.92) * w, growth * mu);
      },
    );

    it('is decided once w is below the tolerance', () => {
      const graph = withProbabilities(
        [
          [0, 1e-4, 0.8],
          [0.9, 0, 0.05],
          [0, 0, 0],
        ],
        { patience: 1, tolerance: 1e-3 },
      );
      expect(graph.endOfEpoch(epoch(1))).toBe(false);
      expect([graph.endOfEpoch(epoch(1)), graph.isDecided]).toEqual([true, true]);
      const decided: Adjacency = [
        [0, 0, 1],
        [1, 0, 0],
        [0, 0, 0],
      ];
      expect(graph.adjacency).toEqual(decided);
      expect(graph.penalty()).toBeAllClose(0, {});
      expect(graph.gates(forGates, [2])).toBeAllClose([decided, decided] as number[][][], {});
      // Nothing changes the decision, neither epochs nor weights.
      expect(graph.endOfEpoch(epoch(1))).toBe(false);
      graph.weights.assign(tf.ones([3, 3]));
      expect(graph.adjacency).toEqual(decided);
    });

    it('is not decided while a long cycle is left, however little it counts', () => {
      const graph = withProbabilities(ring(8, 0.95), { patience: 1 });
      const w = numberOf(graph.acyclicity());
      expect(w).toBeLessThan(1e-6);
      expect(w).toBeGreaterThan(0);
      const stall = () => {
        for (const loss of [1, 1]) graph.endOfEpoch(epoch(loss));
      };
      // The constraint is tightened instead, until the cycle is broken.
      stall();
      const before = numberOf(graph.penaltyWeight);
      stall();
      expect(graph.isDecided).toBe(false);
      expect(numberOf(graph.penaltyWeight) / before).toBeCloseTo(10, 4);
      const broken = ring(8, 0.95);
      broken[7]![0] = 0.05;
      tf.tidy(() => {
        graph.weights.assign(
          tf.tensor2d(broken.map((row) => row.map((p) => Math.sqrt(Math.atanh(p))))),
        );
      });
      stall();
      expect(graph.isDecided).toBe(true);
      expect(graph.adjacency).toEqual(broken.map((row) => row.map((p) => Number(p > 0.1))));
    });

    it('is decided by cutting where no weight of the constraint breaks a cycle', () => {
      // So long that w is 0: known to findCycle, not to the constraint.
      const p = ring(40, 0.95);
      p[7]![8] = 0.5;
      const graph = withProbabilities(p, { patience: 1 });
      expect(numberOf(graph.acyclicity())).toBe(0);
      let stalls = 0;
      for (; !graph.isDecided && stalls < 60; stalls++)
        for (const loss of [1, 1]) graph.endOfEpoch(epoch(loss));
      expect(stalls).toBeGreaterThan(10);
      expect(graph.isDecided).toBe(true);
      expect(numberOf(graph.penaltyWeight)).toBeLessThan(2e16);
      expect(graph.adjacency).toEqual(p.map((row) => row.map((p) => Number(p > 0.5))));
    });

    it('raises mu no further than to 1e16, and is penalised by 0 once decided, whatever it is', () => {
      const graph = withProbabilities(ring(3, 0.9), { patience: 1 });
      for (let epochs = 0; epochs < 100; epochs++) graph.endOfEpoch(epoch(1));
      expect(numberOf(graph.penaltyWeight)).toBe(Math.fround(1e16));
      expect(graph.isDecided).toBe(false);
      graph.decide();
      for (const weight of [graph.penaltyWeight, graph.multiplier])
        weight.assign(tf.scalar(Number.POSITIVE_INFINITY));
      expect(numberOf(graph.penalty())).toBe(0);
      expect(slopesOf(graph).every((slope) => slope === 0)).toBe(true);
    });

    it('stalls on a constant loss that float32 cannot hold', () => {
      const graph = withProbabilities(ring(3, 0.9), { patience: 2 });
      const told = [0.1, 0.1, 0.1].map((loss) => graph.endOfEpoch(epoch(loss)));
      expect(told).toEqual([false, false, true]);
    });

    it.each([1, 2, 8, 16, 43, 63])('starts with a penalty of at most 1 in %i dimensions', (D) => {
      const start = numberOf(new LearnedGraph(forGraph, D).penalty());
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start).toBeLessThanOrEqual(1);
    });

    it('leaves out what closes a cycle of more probable edges, and nothing else', () => {
      const p = [
        [0, 0.9, 0.3],
        [0.4, 0, 0.2],
        [0.8, 0.6, 0],
      ];
      // 0 <- 1, 2 <- 0 and 2 <- 1 come first; each of the others would close a cycle with them.
      const graph = withProbabilities(p);
      expect(findCycle(graph.adjacency)).toBeUndefined();
      expect(graph.adjacency).toEqual([
        [0, 1, 0],
        [0, 0, 0],
        [1, 1, 0],
      ]);
      expect(withProbabilities(p, { threshold: 0.7 }).adjacency).toEqual([
        [0, 1, 0],
        [0, 0, 0],
        [1, 0, 0],
      ]);
      expect(graph.isDecided).toBe(false);
    });

    it('keeps one of two opposite edges that are as probable, and weaker edges elsewhere', () => {
      const p = [
        [0, 0.6, 0, 0],
        [0.6, 0, 0, 0],
        [0, 0.6, 0, 0],
        [0, 0, 0.3, 0],
      ];
      expect(withProbabilities(p).adjacency).toEqual([
        [0, 1, 0, 0],
        [0, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ]);
    });

    it('moves its gates at the pace, from the same start', () => {
      const [free, slow] = [1, 0.2].map((pace) => new LearnedGraph(forGraph, 4, { l1: 1, pace }));
      expect(slow!.probabilities()).toBeAllClose(free!.probabilities(), { rel: 1e-5 });
      expect(slow!.penalty()).toBeAllClose(free!.penalty(), { rel: 1e-5 });
      for (const graph of [free!, slow!]) graph.weights.assign(tf.sub(graph.weights, 0.5));
      const at = (pace: number) => Math.tanh((1 - 0.5 * pace) ** 2);
      const strength = (graph: LearnedGraph) => valuesOf(graph.probabilities())[1]!;
      expect(Math.abs(strength(free!) - at(1))).toBeLessThan(0.1);
      expect(Math.abs(strength(slow!) - at(0.2))).toBeLessThan(0.1);
    });

    it('does not overflow, whatever the number of dimensions', () => {
      const graph = new LearnedGraph(forGraph, 100, { l1: 1 });
      graph.weights.assign(tf.fill([100, 100], 3.2));
      expect(valuesOf(graph.penalty())[0]).toSatisfy(Number.isFinite);
      // Without the sparsity, whose slope is 1e-4, the constraint still has one.
      const free = new LearnedGraph(forGraph, 100);
      free.weights.assign(tf.fill([100, 100], 3.2));
      for (const each of [graph, free]) {
        const slopes = slopesOf(each);
        expect(slopes.every((slope) => Number.isFinite(slope) && slope > 0)).toBe(true);
      }
    });

    it('refuses options out of range, and leaks nothing', () => {
      expect(() => new LearnedGraph(forGraph, 2, { l1: -1 })).toThrow(DomainError);
      expect(() => new LearnedGraph(forGraph, 2, { temperature: 0 })).toThrow(DomainError);
      expect(() => new LearnedGraph(forGraph, 2, { threshold: 1 })).toThrow(DomainError);
      expect(() => new LearnedGraph(forGraph, 2, { patience: 0 })).toThrow(DomainError);
      expect(() => new LearnedGraph(forGraph, 2, { growth: 1 })).toThrow(DomainError);
      expect(() => new LearnedGraph(forGraph, 2, { pace: 0 })).toThrow(DomainError);
      expect(() => new LearnedGraph(forGraph, 2, { beta: 1 } as object)).toThrow(OptionError);
      const graph = new LearnedGraph(forGraph, 4);
      expectNoLeak(() => graph.gates(forGates, [3]));
      expectNoLeak(() => graph.penalty());
      expectNoLeak(() => graph.acyclicity());
      expectNoLeak(() => graph.adjacency);
      expectNoLeak(() => graph.endOfEpoch(epoch(1)));
      expectNoLeak(() => {
        graph.decide();
      });
      expectNoLeak(() => {
        new LearnedGraph(forGraph, 4).dispose();
      });
    });
  });
});
