import { DomainError, OptionError, ShapeError } from '@pushforward/tensors';
import { type Adjacency, checkAdjacency } from '../adjacency.js';

/** What a node of a graph is called; a number is the dimension itself. */
export type NodeName = string | number;

/** A directed graph of the library graphology, or whatever else has these two methods. */
export interface GraphologyGraph {
  /** The names of all nodes. */
  nodes(): string[];
  /** Visits every edge once. */
  forEachEdge(
    visit: (
      edge: string,
      attributes: object,
      source: string,
      target: string,
      sourceAttributes: object,
      targetAttributes: object,
      undirected: boolean,
    ) => void,
  ): void;
}

/** A list of edges, from a parent to the dimension that reads it; plain data that a file can hold. */
export type EdgeList = {
  /** Pairs of a parent and the dimension that reads it. */
  readonly edges: readonly (readonly [from: NodeName, to: NodeName])[];
};

/** A graph that is given: the matrix, the list of its edges, or a graph of graphology. */
export type Graph = Adjacency | EdgeList | GraphologyGraph;

/**
 * The adjacency of a directed acyclic graph, `A[i][j] = 1` for an edge from j to i.
 *
 * @param nodes the name of the node of each dimension, such as the columns of a table; 0, 1, ... by default
 * @throws ShapeError for a matrix that is not square, or not of as many nodes, and for edges without `{ edges }` about them
 * @throws OptionError for a node that is not among `nodes`, two of one name there, or none for one of these in a graph of
 *   graphology
 * @throws DomainError for an undirected edge, or a cycle, which the message prints
 *
 * @example
 * ```ts
 * import { adjacencyOf } from '@pushforward/conditioners';
 * const chain = adjacencyOf({ edges: [['rain', 'grass'], ['grass', 'shoes']] }, ['rain', 'grass', 'shoes']);
 * console.log(chain); // [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
 * ```
 */
export function adjacencyOf(graph: Graph, nodes: readonly NodeName[]): Adjacency {
  if (typeof graph !== 'object')
    throw new OptionError(
      `adjacencyOf: the graph must be a matrix, { edges } or a graph of graphology, got ${String(graph)}.`,
    );
  const isOfPairs = isMatrix(graph) && graph.length > 0 && graph.every((row) => row.length === 2);
  if (isOfPairs && nodes.length !== 2)
    throw new ShapeError(
      `adjacencyOf: the adjacency must be of ${nodes.length} dimensions, got rows of 2 numbers; a list of edges is ` +
        'written { edges: [[from, to], ...] }.',
    );
  const adjacency = isMatrix(graph) ? graph : matrixOf(edgesOf(graph, nodes), nodes);
  checkAdjacency('adjacencyOf', adjacency, nodes);
  return adjacency;
}

function isMatrix(graph: Graph): graph is Adjacency {
  return Array.isArray(graph);
}

function edgesOf(graph: EdgeList | GraphologyGraph, nodes: readonly NodeName[]) {
  if (!('forEachEdge' in graph)) return graph.edges;
  const present = graph.nodes();
  const absent = nodes.filter((node) => !present.includes(String(node)));
  if (absent.length > 0)
    throw new OptionError(
      `adjacencyOf: the graph must have a node for every dimension, got none called ${absent.join(', ')}; ` +
        `its nodes are ${present.join(', ')}.`,
    );
  const edges: [string, string][] = [];
  graph.forEachEdge((_edge, _attributes, source, target, _source, _target, undirected) => {
    if (undirected)
      throw new DomainError(
        `adjacencyOf: edges must be directed, got ${source} -- ${target} without direction.`,
      );
    edges.push([source, target]);
  });
  return edges;
}

function matrixOf(edges: EdgeList['edges'], nodes: readonly NodeName[]): Adjacency {
  const position = new Map(nodes.map((node, i) => [String(node), i]));
  if (position.size < nodes.length)
    throw new OptionError(`adjacencyOf: nodes must have different names, got ${nodes.join(', ')}.`);
  const at = (node: NodeName): number => {
    const i = position.get(String(node));
    if (i === undefined)
      throw new OptionError(
        `adjacencyOf: edges must join the nodes ${nodes.join(', ')}, got one at ${node}.`,
      );
    return i;
  };
  const matrix = nodes.map(() => nodes.map(() => 0));
  for (const [from, to] of edges) matrix[at(to)]![at(from)] = 1;
  return matrix;
}
