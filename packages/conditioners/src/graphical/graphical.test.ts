import { ActNorm, AffineNormalizer, chain, RationalQuadraticSpline } from '@pushforward/bijectors';
import { DomainError, Key, type Module, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, jacobian, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { DirectedGraph, MultiUndirectedGraph } from 'graphology';
import { describe, expect, it, vi } from 'vitest';
import { type Adjacency, adjacencyOf, Graphical, levels, Triangular } from '../index.js';

const [forNet, forWeights, forX, forContext] = Key.from(1).split(4);

function randomise<M extends Module>(module: M, size = 0.5): M {
  for (const [i, variable] of module.parameters().entries())
    tf.tidy(() => {
      variable.assign(tf.mul(size, forWeights.foldIn(i).normal(variable.shape)));
    });
  return module;
}

/** A random graph along a random order, with on average `parents` edges into a dimension. */
function randomGraph(key: Key, size: number, parents: number): Adjacency {
  const order = key.permutation(size);
  const draws = key.foldIn(1).uniform([size, size]);
  const uniform = draws.arraySync() as number[][];
  draws.dispose();
  return uniform.map((row, i) =>
    row.map((u, j) => Number(order[j]! < order[i]! && u < (2 * parents) / size)),
  );
}

/** Depth 2 in 5 dimensions: 0 -> {1, 4, 2}, 1 -> 3, 4 -> 3. */
const graph: Adjacency = [
  [0, 0, 0, 0, 0],
  [1, 0, 0, 0, 0],
  [1, 0, 0, 0, 0],
  [0, 1, 0, 0, 1],
  [1, 0, 0, 0, 0],
];
const network = { parameters: 3, hidden: [16, 16], activation: 'tanh' } as const;

describe('a prescribed graph', () => {
  const names = ['a', 'b', 'c'];
  const chainOfThree = [
    [0, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
  ];

  it('is a matrix, a list of edges or a graph of graphology', () => {
    const drawn = new DirectedGraph();
    // The nodes come in another order than the dimensions.
    for (const node of ['c', 'a', 'b', 'unused']) drawn.addNode(node);
    drawn.addEdge('a', 'b');
    drawn.addEdge('b', 'c');
    expect(adjacencyOf(chainOfThree, names)).toEqual(chainOfThree);
    expect(adjacencyOf(drawn, names)).toEqual(chainOfThree);
    const edges = [
      ['a', 'b'],
      ['b', 'c'],
    ] as const;
    expect(adjacencyOf({ edges }, names)).toEqual(chainOfThree);
    expect(
      adjacencyOf(
        {
          edges: [
            [0, 1],
            ['1', 2],
          ],
        },
        [0, 1, 2],
      ),
    ).toEqual(chainOfThree);
  });

  it('prints its cycle, by name', () => {
    const edges = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
    ] as const;
    expect(() => adjacencyOf({ edges }, names)).toThrow(DomainError);
    expect(() => adjacencyOf({ edges }, names)).toThrow(/got (b -> c -> b|c -> b -> c)\.$/);
    expect(
      () =>
        new Graphical(forNet, {
          ...network,
          features: 2,
          graph: [
            [0, 1],
            [1, 0],
          ],
        }),
    ).toThrow(/got (0 -> 1 -> 0|1 -> 0 -> 1)\.$/);
    expect(() => adjacencyOf({ edges: [['b', 'b']] }, names)).toThrow('b does');
  });

  it('is no list of edges without a name, and not left out', () => {
    for (const pairs of [
      [
        [0, 1],
        [1, 2],
      ],
      [[0, 1]],
    ])
      expect(() => adjacencyOf(pairs, names)).toThrow(
        /must be of 3 dimensions.*\{ edges: \[\[from/,
      );
    expect(() => adjacencyOf([], names)).toThrow('must be square, got 0 rows');
    expect(() => adjacencyOf(undefined!, names)).toThrow(
      'or a graph of graphology, got undefined.',
    );
  });

  it('has directed edges, between nodes that are dimensions', () => {
    const loose = new MultiUndirectedGraph();
    for (const node of names) loose.addNode(node);
    loose.addEdge('a', 'b');
    expect(() => adjacencyOf(loose, names)).toThrow(
      new DomainError('adjacencyOf: edges must be directed, got a -- b without direction.'),
    );
    loose.dropNode('c');
    expect(() => adjacencyOf(loose, names)).toThrow('none called c');
    expect(() => adjacencyOf({ edges: [['a', 'd']] }, names)).toThrow(OptionError);
    expect(() => adjacencyOf({ edges: [] }, ['a', 'b', 'a'])).toThrow(
      'different names, got a, b, a',
    );
    expect(() => adjacencyOf(chainOfThree, ['a', 'b'])).toThrow(ShapeError);
    const options = { ...network, features: 3, graph: chainOfThree };
    expect(() => new Graphical(forNet, { ...options, nodes: ['a', 'b'] })).toThrow(OptionError);
    expect(() => new Graphical(forNet, { ...options, features: 4 })).toThrow(ShapeError);
  });
});

onEachEngine(() => {
  describe.each([
    ['a perceptron', {}],
    ['a residual network', { residual: true, activation: 'silu' }],
    ['a context', { context: 2 }],
  ] as const)('Graphical with %s', (_, options) => {
    const build = () => new Graphical(forNet, { ...network, ...options, features: 5, graph });
    const size = 'context' in options ? options.context : 0;
    const context = (...batch: number[]) =>
      size === 0 ? undefined : forContext.normal([...batch, size]);

    it('reads its graph, and all of its context', () => {
      const conditioner = randomise(build());
      const [x, seen] = [forX.normal([4, 5]), context(4)];
      const flat = (x: tf.Tensor, c = seen) => tf.reshape(conditioner.parametersOf(x, c), [4, 15]);
      const slopes = jacobian((x) => flat(x), x);
      for (const at of slopes)
        for (const [i, row] of graph.entries())
          for (const p of [0, 1, 2])
            expect(at[3 * i + p]!.map((slope) => Number(slope !== 0))).toEqual(row);
      if (seen === undefined) return;
      expect(jacobian((c) => flat(x, c), seen).flat(2)).not.toContain(0);
    });

    it('is blind to what it does not read, be it infinite or NaN', () => {
      const conditioner = randomise(build());
      const x = tf.tensor2d([[0.3, -1, 0.5, 2, 0.1]]);
      const h = (x: tf.Tensor) =>
        tf.squeeze(conditioner.parametersOf(x, context(1))).arraySync() as number[][];
      const clean = h(x);
      for (const bad of [Number.POSITIVE_INFINITY, Number.NaN]) {
        const spoilt = h(tf.tensor2d([[0.3, bad, 0.5, 2, 0.1]]));
        // Only dimension 3 reads dimension 1.
        for (const i of [0, 1, 2, 4]) expect(spoilt[i]).toEqual(clean[i]);
        expect(spoilt[3]).not.toEqual(clean[3]);
      }
    });

    it('gives every dimension parameters of its own, also the roots', () => {
      const h = randomise(build()).parametersOf(tf.zeros([1, 5]), context(1));
      const first = (h.arraySync() as number[][][])[0]!.map((row) => row[0]);
      expect(new Set(first).size).toBe(5);
    });

    it('broadcasts x and context, starts at zero and leaks nothing', () => {
      expect(build().parametersOf(forX.normal([4, 5]), context(4))).toBeAllClose(0, {});
      const conditioner = randomise(build());
      const [x, seen] = [forX.normal([3, 4, 5]), context(4)];
      const all = conditioner.parametersOf(x, seen);
      expect(all.shape).toEqual([3, 4, 5, 3]);
      const last = conditioner.parametersOf(tf.squeeze(tf.slice(x, [2], [1]), [0]), seen);
      expect(tf.squeeze(tf.slice(all, [2], [1]), [0])).toBeAllClose(last, { abs: 1e-6 });
      expectNoLeak(() => conditioner.parametersOf(x, seen));
      expectNoLeak(() => {
        build().dispose();
      });
    });
  });

  /**
   * Along d = 50 and 51 the published code learns no graph at all, and for two steps and more its inverse is another map.
   */
  describe.each([1, 2, 3, 7, 16, 50, 51])('graphical flows in %i dimensions', (features) => {
    it.each([1, 2, 3, 4])('of %i steps are undone in depth + 1 passes each', (steps) => {
      const graphs = forX.split(steps).map((key) => randomGraph(key, features, 1.5));
      const normalizers = [new AffineNormalizer(), new RationalQuadraticSpline()];
      const maps = graphs.map((graph, k) => {
        const normalizer = normalizers[k % 2]!;
        const parameters = normalizer.parameterCount;
        const options = { features, graph, parameters, hidden: [8] };
        return new Triangular(randomise(new Graphical(forNet.foldIn(k), options), 0.3), normalizer);
      });
      const flow = chain(maps.flatMap((map) => [map, new ActNorm(features)]));
      const passes = maps.map(({ conditioner }) => vi.spyOn(conditioner, 'parametersOf'));
      const x = forX.normal([3, features]);
      const [y, logDet] = flow.forwardAndLogDet(x);
      expect(passes.map((spy) => spy.mock.calls.length)).toEqual(graphs.map(() => 1));
      const [back, inverseLogDet] = flow.inverseAndLogDet(y);
      expect(passes.map((spy) => spy.mock.calls.length - 1)).toEqual(
        graphs.map((graph) => Math.max(...levels(graph)) + 1),
      );
      expect(back).toBeAllClose(x, { abs: 1e-4, rel: 1e-4 });
      expect(inverseLogDet).toBeAllClose(tf.neg(logDet), { abs: 1e-4, rel: 1e-4 });
      // Far from the identity, which would be its own inverse.
      expect(tf.max(tf.abs(tf.sub(y, x))).dataSync()[0]).toBeGreaterThan(0.05);
    });
  });
});
