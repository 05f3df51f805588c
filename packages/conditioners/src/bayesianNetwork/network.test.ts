import { DomainError, Key, OptionError, ShapeError } from '@pushforward/tensors';
import { describeGolden } from '@pushforward/testing';
import { instance } from '@viz-js/viz';
import { describe, expect, it } from 'vitest';
import {
  type Adjacency,
  BayesianNetwork,
  findCycle,
  parentsOf,
  structuralHammingDistance,
  toDot,
  toSvg,
} from '../index.js';

/** All directed acyclic graphs of a size: 1, 3, 25, 543 of 1 to 4 nodes. */
function allGraphs(size: number): Adjacency[] {
  const pairs = Array.from({ length: size * (size - 1) }, (_, k) => {
    const i = Math.floor(k / (size - 1));
    const j = k % (size - 1);
    return [i, j < i ? j : j + 1] as const;
  });
  const graphs: Adjacency[] = [];
  for (let bits = 0; bits < 2 ** pairs.length; bits++) {
    const graph = Array.from({ length: size }, () => Array<number>(size).fill(0));
    for (const [k, [i, j]] of pairs.entries()) graph[i]![j] = (bits >> k) & 1;
    if (findCycle(graph) === undefined) graphs.push(graph);
  }
  return graphs;
}

/** A random graph along a random order. */
function randomGraph(key: Key, size: number): Adjacency {
  const order = key.permutation(size);
  const u = key.foldIn(1).uniform([size, size]).arraySync() as number[][];
  return u.map((row, i) => row.map((u, j) => Number(order[j]! < order[i]! && u < 0.5)));
}

/**
 * d-separation by Lauritzen's theorem: in the moral graph of the smallest ancestral set that holds all three sets,
 * every path from a to b meets `given`.
 */
function isSeparatedByMoralGraph(graph: Adjacency, a: number, b: number, given: number[]): boolean {
  const ancestral = new Set([a, b, ...given]);
  for (const i of ancestral) for (const j of parentsOf(graph, i)) ancestral.add(j);
  const isEdge = (i: number, j: number) =>
    graph[i]![j] === 1 ||
    graph[j]![i] === 1 ||
    [...ancestral].some((child) => graph[child]![i] === 1 && graph[child]![j] === 1);
  const reached = new Set([a]);
  for (const i of reached)
    for (const j of ancestral) if (!given.includes(j) && isEdge(i, j)) reached.add(j);
  return !reached.has(b);
}

const subsets = (of: number[]) =>
  Array.from({ length: 2 ** of.length }, (_, bits) => of.filter((_, k) => (bits >> k) & 1));

/** Every question that a graph can be asked about two nodes, with its answer. */
function* answers(graph: Adjacency): Generator<[a: number, b: number, given: number[], boolean]> {
  const network = new BayesianNetwork(graph);
  for (const a of graph.keys())
    for (const b of graph.keys()) {
      if (b <= a) continue;
      for (const given of subsets([...graph.keys()].filter((k) => k !== a && k !== b))) {
        const named = given.map((k) => `x_${k}`);
        yield [a, b, given, network.isSeparated(`x_${a}`, `x_${b}`, named)];
      }
    }
}

describe('d-separation', () => {
  it('is that of the moral graph, on every graph of up to four nodes', () => {
    const count = { graphs: 0, wrong: 0, separated: 0, queries: 0 };
    for (const graph of [1, 2, 3, 4].flatMap(allGraphs)) {
      count.graphs++;
      for (const [a, b, given, answer] of answers(graph)) {
        count.queries++;
        count.separated += Number(answer);
        count.wrong += Number(answer !== isSeparatedByMoralGraph(graph, a, b, given));
      }
    }
    expect(count).toMatchObject({ graphs: 1 + 3 + 25 + 543, wrong: 0 });
    expect(count.separated).toBeGreaterThan(0.1 * count.queries);
  });

  it('is that of the moral graph, on random graphs of seven nodes', () => {
    for (const key of Key.from(5).split(30))
      for (const [a, b, given, answer] of answers(randomGraph(key, 7)))
        expect(answer).toBe(isSeparatedByMoralGraph(randomGraph(key, 7), a, b, given));
  });

  it('is of sets as of their members', () => {
    for (const key of Key.from(6).split(30)) {
      const graph = randomGraph(key, 6);
      const network = new BayesianNetwork(graph);
      const given = ['x_4', 'x_5'];
      const pairs = ['x_0', 'x_1'].flatMap((a) => ['x_2', 'x_3'].map((b) => [a, b] as const));
      const each = pairs.every(([a, b]) => network.isSeparated(a, b, given));
      expect(network.isSeparated(['x_0', 'x_1'], ['x_2', 'x_3'], given)).toBe(each);
    }
  });
});

describeGolden('t12_graphs', ({ cases }) => {
  const dags = cases.filter(({ name }) => name.startsWith('dag'));
  it.each(dags.map((c) => [c.name, c] as const))('%s', (_, { input, output }) => {
    const transposed = input.matrix('A');
    const graph = transposed.map((_, i) => transposed.map((row) => row[i]!));
    if (!output.flag('is_dag')) {
      expect(() => new BayesianNetwork(graph)).toThrow(DomainError);
      return;
    }
    const network = new BayesianNetwork(graph);
    const lists = (of: (node: string) => string[]) =>
      network.names.map((name) => of(name).map((other) => network.names.indexOf(other)));
    expect(network.edges.length).toBe(output.number('n_edges'));
    expect(network.depth).toBe(output.number('longest_path_length'));
    expect(lists((node) => network.parents(node))).toEqual(output.matrix('parents'));
    expect(lists((node) => network.ancestors(node))).toEqual(output.matrix('ancestors'));
    expect(lists((node) => network.descendants(node))).toEqual(output.matrix('descendants'));
    expect(lists((node) => network.markovBlanket(node))).toEqual(output.matrix('markov_blanket'));
    expect(
      network.moralGraph().map((pair) => pair.map((node) => network.names.indexOf(node))),
    ).toEqual(output.matrix('moral_edges'));
    const generations = output.matrix('topological_generations');
    expect(network.levels).toEqual(
      network.names.map((_, i) => generations.findIndex((nodes) => nodes.includes(i))),
    );
    for (const query of output.records('d_separation')) {
      const [x, y] = [query.number('x'), query.number('y')];
      const given = query.vector('given').map((k) => `x_${k}`);
      expect(network.isSeparated(`x_${x}`, `x_${y}`, given)).toBe(query.flag('separated'));
    }
  });

  const distances = cases.filter(({ name }) => name.startsWith('shd'));
  it.each(distances.map((c) => [c.name, c] as const))('%s', (_, { input, output }) => {
    const distance = structuralHammingDistance(input.matrix('A'), input.matrix('B'));
    expect(distance).toBe(output.number('shd_reversal1'));
  });
});

describe('networks', () => {
  const asserted = (graph: Adjacency) =>
    [...answers(graph)].map(([a, b, given, yes]) => `${a} ${b} | ${given.join(' ')}: ${yes}`);
  const graphs = allGraphs(3);
  /** On three nodes, by all of their d-separations. */
  const implies = (a: Adjacency, b: Adjacency) =>
    [...answers(a)].every(([i, j, given, yes]) => {
      if (!yes) return true;
      return new BayesianNetwork(b).isSeparated(
        `x_${i}`,
        `x_${j}`,
        given.map((k) => `x_${k}`),
      );
    });

  it('are I-maps of those whose independencies include their own', () => {
    for (const a of graphs)
      for (const b of graphs)
        expect(new BayesianNetwork(a).isIMapOf(new BayesianNetwork(b))).toBe(implies(a, b));
  });

  it('are equivalent where all of their d-separations are the same', () => {
    const four = allGraphs(4).filter((_, k) => k % 13 === 0);
    for (const list of [graphs, four]) {
      const answered = list.map((graph) => asserted(graph).join());
      for (const [p, a] of list.entries())
        for (const [q, b] of list.entries())
          expect(new BayesianNetwork(a).isEquivalentTo(new BayesianNetwork(b))).toBe(
            answered[p] === answered[q],
          );
    }
  });

  it('list what is independent of what', () => {
    // rain -> grass <- sprinkler, grass -> shoes
    const graph = [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [1, 1, 0, 0],
      [0, 0, 1, 0],
    ];
    const network = new BayesianNetwork(graph, ['rain', 'sprinkler', 'grass', 'shoes']);
    expect(network.independencies()).toEqual([
      { node: 'rain', of: ['sprinkler'], given: [] },
      { node: 'sprinkler', of: ['rain'], given: [] },
      { node: 'shoes', of: ['rain', 'sprinkler'], given: ['grass'] },
    ]);
    for (const { node, of, given } of network.independencies())
      expect(network.isSeparated(node, of, given)).toBe(true);
  });

  it('have different names, that they know', () => {
    const pair = [
      [0, 0],
      [1, 0],
    ];
    expect(() => new BayesianNetwork(pair, ['a', 'a'])).toThrow(OptionError);
    expect(() => new BayesianNetwork(pair, ['a'])).toThrow(ShapeError);
    const network = new BayesianNetwork(pair, ['a', 'b']);
    expect(() => network.parents('c')).toThrow('there is no node c');
    expect(() => network.isIMapOf(new BayesianNetwork(pair))).toThrow(OptionError);
    expect(() => structuralHammingDistance(pair, [[0]])).toThrow(ShapeError);
  });

  it('are drawn', async () => {
    const graph = [
      [0, 0, 0],
      [1, 0, 0],
      [1, 1, 0],
    ];
    const network = new BayesianNetwork(graph, ['z', 'a "b"', 'x'], {
      x: { isDeterministic: true, bijectiveTo: 'z', layer: 1 },
      'a "b"': { layer: 1 },
    });
    expect(toDot(network)).toBe(
      [
        'digraph {',
        '  node [shape=circle]',
        '  "x" [shape=doublecircle]',
        '  { rank=same; "z" }',
        '  { rank=same; "a \\"b\\""; "x" }',
        '  "z" -> "a \\"b\\""',
        '  "z" -> "x" [dir=none]',
        '  "a \\"b\\"" -> "x"',
        '}',
        '',
      ].join('\n'),
    );
    const svg = toSvg(network, await instance());
    const count = (pattern: RegExp) => svg.match(pattern)?.length;
    expect(count(/class="node"/g)).toBe(3);
    expect(count(/class="edge"/g)).toBe(3);
    // One circle a node, and a second one for x; an arrow for all edges but the bijective one.
    expect(count(/<ellipse/g)).toBe(4);
    expect(count(/<polygon fill="black"/g)).toBe(2);
  });
});
