import { checkCount, DomainError, ShapeError } from '@pushforward/tensors';

/**
 * Which inputs each dimension reads: `A[i][j] = 1` where the parameters of dimension i depend on x_j.
 *
 * Row i lists the parents of i; the graph must have no cycle.
 */
export type Adjacency = readonly (readonly number[])[];

/**
 * The graph in which every dimension reads all those before it.
 *
 * @param order `order[i]` is the position of dimension i, 0 for the first
 * @throws DomainError unless `order` is a permutation of 0 to D - 1
 */
export function autoregressiveAdjacency(order: readonly number[]): Adjacency {
  if (![...order].sort((a, b) => a - b).every((position, i) => position === i))
    throw new DomainError(
      `autoregressiveAdjacency: the order must be a permutation of 0 to ${order.length - 1}, ` +
        `got ${order.join(', ')}.`,
    );
  return order.map((position) => order.map((other) => Number(other < position)));
}

/**
 * The graph in which the dimensions of mask 0 read all those of mask 1.
 *
 * @param mask zeros and ones, one of each at least
 * @throws DomainError for any other mask
 */
export function couplingAdjacency(mask: readonly number[]): Adjacency {
  if (!(mask.includes(0) && mask.includes(1) && mask.every((entry) => entry === 0 || entry === 1)))
    throw new DomainError(
      `couplingAdjacency: the mask must hold zeros and ones, one of each at least, got ${mask.join(', ')}.`,
    );
  const none = mask.map(() => 0);
  return mask.map((kept) => (kept === 0 ? mask : none));
}

/**
 * The graph in which every dimension reads all those of the blocks before its own.
 *
 * With two blocks it is that of a coupling, with one dimension in each that of an order.
 *
 * @param blocks `blocks[i]` is the block of dimension i, 0 for the first
 * @throws DomainError for other numbers than integers from 0
 */
export function blockAdjacency(blocks: readonly number[]): Adjacency {
  for (const [i, block] of blocks.entries())
    checkCount('blockAdjacency', `the block of dimension ${i}`, block, 0);
  return blocks.map((block) => blocks.map((other) => Number(other < block)));
}

/**
 * Throws unless the matrix is the adjacency of a directed acyclic graph.
 *
 * @param where name of the function or class, for the message
 * @param nodes what the dimensions are called in the message; 0, 1, ... by default
 * @throws ShapeError for a matrix that is empty, not square, or not of as many dimensions as have a name
 * @throws DomainError for entries other than 0 and 1, a dimension that reads itself, or a cycle, which it prints
 */
export function checkAdjacency(
  where: string,
  adjacency: Adjacency,
  nodes: readonly (string | number)[] = [...adjacency.keys()],
): void {
  const size = adjacency.length;
  if (size === 0 || adjacency.some((row) => row.length !== size))
    throw new ShapeError(
      `${where}: the adjacency must be square, got ${size} rows of lengths ` +
        `${adjacency.map((row) => row.length).join(', ')}.`,
    );
  if (nodes.length !== size)
    throw new ShapeError(
      `${where}: the adjacency must be of ${nodes.length} dimensions, got ${size}.`,
    );
  for (const [i, row] of adjacency.entries()) {
    const wrong = row.findIndex((entry) => entry !== 0 && entry !== 1);
    if (wrong >= 0)
      throw new DomainError(
        `${where}: the adjacency must hold zeros and ones, got ${row[wrong]!} at [${i}][${wrong}].`,
      );
    if (row[i] === 1)
      throw new DomainError(`${where}: no dimension may read itself, ${nodes[i]!} does.`);
  }
  const cycle = findCycle(adjacency);
  if (cycle !== undefined)
    throw new DomainError(
      `${where}: the graph must have no cycle, got ` +
        `${[...cycle, cycle[0]!].map((i) => nodes[i]!).join(' -> ')}.`,
    );
}

/** The parents of dimension i, ascending. */
export function parentsOf(adjacency: Adjacency, i: number): number[] {
  const row = adjacency[i]!;
  const parents = [];
  for (let j = row.indexOf(1); j >= 0; j = row.indexOf(1, j + 1)) parents.push(j);
  return parents;
}

/**
 * For each dimension the longest path that ends in it, in edges: 0 for a root.
 *
 * @returns NaN for the dimensions on a cycle, and those that descend from one
 */
export function levels(adjacency: Adjacency): number[] {
  const children = adjacency.map(() => [] as number[]);
  const waiting = adjacency.map((_, i) => {
    const parents = parentsOf(adjacency, i);
    for (const parent of parents) children[parent]!.push(i);
    return parents.length;
  });
  const level = waiting.map((count) => (count === 0 ? 0 : Number.NaN));
  let front = level.flatMap((value, i) => (value === 0 ? [i] : []));
  // Kahn's algorithm, a generation at a time: the last parent decides.
  for (let generation = 1; front.length > 0; generation++) {
    front = front.flatMap((i) => children[i]!).filter((child) => --waiting[child]! === 0);
    for (const i of front) level[i] = generation;
  }
  return level;
}

/** The longest path of the graph, in edges. */
export function depthOf(adjacency: Adjacency): number {
  return Math.max(...levels(adjacency));
}

/** The dimensions with every parent before its children; those of one level are ascending. */
export function topologicalOrder(adjacency: Adjacency): number[] {
  const level = levels(adjacency);
  return adjacency.map((_, i) => i).sort((a, b) => level[a]! - level[b]!);
}

/**
 * Dimensions that read each other in a circle, each read by the next and the last by the first; undefined where there
 * are none.
 */
export function findCycle(adjacency: Adjacency): number[] | undefined {
  const level = levels(adjacency);
  const start = level.findIndex(Number.isNaN);
  if (start < 0) return undefined;
  // Every unresolved dimension has an unresolved parent, so going upwards meets one twice.
  const path = [start];
  for (;;) {
    const parent = parentsOf(adjacency, path[0]!).find((j) => Number.isNaN(level[j]))!;
    const met = path.indexOf(parent);
    if (met >= 0) return path.slice(0, met + 1);
    path.unshift(parent);
  }
}
