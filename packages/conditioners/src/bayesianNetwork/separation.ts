import { type Adjacency, parentsOf } from '../adjacency.js';

/** A set of nodes by their numbers. */
export type Nodes = ReadonlySet<number>;

/**
 * Whether the nodes `a` are d-separated from the nodes `b` by `given`: no trail between them is active.
 *
 * A ball is sent out from `a`. A node that is not given hands it on: to its children, and to its parents too if it came
 * from a child. One that is given sends it back to its parents if it came from one of them, and stops it otherwise. What
 * the ball does not reach is separated.
 *
 * Source: Shachter, "Bayes-ball: the rational pastime", UAI 1998.
 */
export function isSeparated(adjacency: Adjacency, a: Nodes, b: Nodes, given: Nodes): boolean {
  const parents = adjacency.map((_, i) => parentsOf(adjacency, i));
  const children = childrenOf(adjacency);
  const [fromChild, fromParent] = [0, 1] as const;
  const seen = [new Set<number>(), new Set<number>()] as const;
  const waiting: [node: number, from: 0 | 1][] = [...a].map((node) => [node, fromChild]);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, from] = next;
    if (seen[from].has(node)) continue;
    seen[from].add(node);
    const isGiven = given.has(node);
    if (b.has(node) && !isGiven) return false;
    if (isGiven === (from === fromParent))
      for (const parent of parents[node]!) waiting.push([parent, fromChild]);
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
