import { type Adjacency, parentsOf } from '../adjacency.js';

/** A set of nodes by their numbers. */
export type Nodes = ReadonlySet<number>;

/**
 * Whether the nodes `a` are d-separated from the nodes `b` by `given`: no trail between them is active.
 *
 * A trail is followed from node to node with the direction in which it came. Through a node that is given it turns
 * back to the parents alone; through one that is not it goes on, except that from a parent it may turn to another
 * parent where something below is given.
 *
 * Source: Geiger, Verma and Pearl, "d-separation: from theorems to algorithms", UAI 1989; Koller and Friedman,
 * "Probabilistic graphical models", MIT Press 2009, algorithm 3.1.
 */
export function isSeparated(adjacency: Adjacency, a: Nodes, b: Nodes, given: Nodes): boolean {
  const parents = adjacency.map((_, i) => parentsOf(adjacency, i));
  const children = childrenOf(adjacency);
  const givenBelow = closure(given, parents);
  const seen = [new Set<number>(), new Set<number>()] as const;
  const [fromChild, fromParent] = [0, 1] as const;
  const waiting: [node: number, from: 0 | 1][] = [...a].map((node) => [node, fromChild]);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, from] = next;
    if (seen[from].has(node)) continue;
    seen[from].add(node);
    const isGiven = given.has(node);
    if (b.has(node) && !isGiven) return false;
    const goesUp = from === fromChild ? !isGiven : givenBelow.has(node);
    if (goesUp) for (const parent of parents[node]!) waiting.push([parent, fromChild]);
    if (!isGiven) for (const child of children[node]!) waiting.push([child, fromParent]);
  }
  return true;
}

/** For each node those that have it as a parent, ascending. */
export function childrenOf(adjacency: Adjacency): number[][] {
  return adjacency.map((_, j) => adjacency.flatMap((row, i) => (row[j] === 1 ? [i] : [])));
}

/** The nodes, and all that can be reached from them along `next`. */
export function closure(
  nodes: Iterable<number>,
  next: readonly (readonly number[])[],
): Set<number> {
  const reached = new Set(nodes);
  for (const node of reached) for (const other of next[node]!) reached.add(other);
  return reached;
}
