import { ActNorm, type Bijector, type Element, Permute } from '@pushforward/bijectors';
import { checkOptions, OptionError } from '@pushforward/tensors';
import type { Adjacency } from '../adjacency.js';
import { Triangular } from '../triangular.js';
import { BayesianNetwork, type NodeStyle } from './network.js';

/** A law that is the pushforward of noise, such as a flow; `base` may be one again. */
export interface FlowOfNoise {
  /** From noise to data. */
  readonly bijector: Bijector;
  /** The law of the noise, whose numbers are independent unless it is a flow itself. */
  readonly base: {
    /** Of its events. */
    readonly eventShape: readonly number[];
  };
}

/** Options of {@link bayesianNetwork}. */
export interface BayesianNetworkOptions {
  /** What the numbers of the data are called, such as the columns of a table; x_0, x_1, ... by default. */
  readonly names?: readonly string[];
  /** Whether noise that a single node depends on is a node of its own; not by default. */
  readonly noise?: boolean;
}

/** A node while the network grows. */
interface Node {
  readonly layer: number;
  readonly dimension: number;
  /** The one that this one is a bijective function of, if any. */
  readonly bijectiveTo?: Node;
  readonly parents: Node[];
}

/**
 * The Bayesian network of a flow.
 *
 * One step along a conditioner's graph is that graph: x_i depends on the x_j that its parameters read, and on noise of
 * its own. In a stack of steps what comes out of one is the noise of the next: its numbers are latent nodes u1_i, u2_i,
 * ..., from the noise on, and each node is a bijective function of the one below its place, given its other parents.
 * Elementwise maps change no node, permutations change the places, and linear maps let every number depend on all.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 4.3, figures 4.1 to 4.3.
 *
 * @param flow a flow whose noise has independent numbers
 * @throws OptionError for events that are no vectors, or names that are not one per number
 *
 * @example
 * ```ts
 * import { AffineNormalizer, invert } from '@pushforward/bijectors';
 * import { bayesianNetwork, Coupling, Triangular } from '@pushforward/conditioners';
 * import { pushforward, standardNormal } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * const conditioner = new Coupling(Key.from(1), { mask: [1, 1, 0, 0], parameters: 2, hidden: [8] });
 * const step = new Triangular(conditioner, new AffineNormalizer());
 * const network = bayesianNetwork(pushforward(standardNormal([4]), invert(step)));
 * console.log(network.isSeparated('x_2', 'x_3', ['x_0', 'x_1'])); // true: what couplings assume
 * ```
 */
export function bayesianNetwork(
  flow: FlowOfNoise,
  options: BayesianNetworkOptions = {},
): BayesianNetwork {
  checkOptions('bayesianNetwork', options, ['names', 'noise']);
  const { noise = false } = options;
  const { elements, features } = unfold(flow);
  const nodes: Node[] = [];
  let front = Array.from({ length: features }, (_, dimension) => grow(nodes, 0, dimension, []));
  for (const { bijector, inverted } of elements) {
    if (bijector instanceof Permute) front = permuted(front, bijector.order, inverted);
    else if (bijector instanceof Triangular)
      front = triangular(nodes, front, inverted, bijector.conditioner.adjacency);
    else if (bijector.eventRank > 0 && !(bijector instanceof ActNorm)) front = mixed(nodes, front);
  }
  const names = namesOf(nodes, front, options.names);
  return networkOf(noise ? nodes : withoutOwnNoise(nodes), names);
}

/** The maps from noise to data, those of the base first. */
function unfold(flow: FlowOfNoise): { elements: Element[]; features: number } {
  const { base, bijector } = flow;
  if (base.eventShape.length !== 1)
    throw new OptionError(
      `bayesianNetwork: events must be vectors, got shape [${base.eventShape.join(', ')}].`,
    );
  const inner = isFlow(base) ? unfold(base).elements : [];
  return { elements: [...inner, ...bijector.elements()], features: base.eventShape[0]! };
}

function isFlow(law: object): law is FlowOfNoise {
  return 'bijector' in law && 'base' in law;
}

function grow(
  nodes: Node[],
  layer: number,
  dimension: number,
  parents: Node[],
  bijectiveTo?: Node,
): Node {
  const node = { layer, dimension, parents, ...(bijectiveTo && { bijectiveTo }) };
  nodes.push(node);
  return node;
}

/** y_i = x_order[i], or the other way round. */
function permuted(front: readonly Node[], order: readonly number[], inverted: boolean): Node[] {
  return front.map((_, i) => front[inverted ? order.indexOf(i) : order[i]!]!);
}

/** Forwards each number reads the layer below, backwards its own. */
function triangular(
  nodes: Node[],
  front: readonly Node[],
  inverted: boolean,
  reads: Adjacency,
): Node[] {
  const layer = front[0]!.layer + 1;
  const next = front.map((below, i) => grow(nodes, layer, i, [below], below));
  for (const [i, node] of next.entries())
    for (const [j, read] of reads[i]!.entries())
      if (read === 1) node.parents.push((inverted ? next : front)[j]!);
  return next;
}

/** A map of which nothing is known: every number may depend on all below. */
function mixed(nodes: Node[], front: readonly Node[]): Node[] {
  const layer = front[0]!.layer + 1;
  return front.map((_, i) => grow(nodes, layer, i, [...front]));
}

/** The last layer are the data, the first the noise, the others latent. */
function namesOf(
  nodes: readonly Node[],
  data: readonly Node[],
  columns: readonly string[] = data.map((_, i) => `x_${i}`),
): Map<Node, string> {
  if (columns.length !== data.length)
    throw new OptionError(
      `bayesianNetwork: names must be one for each of ${data.length} numbers, got ${columns.length}.`,
    );
  const nameOf = (node: Node): string => {
    if (data.includes(node)) return columns[data.indexOf(node)]!;
    return `${node.layer === 0 ? 'z' : `u${node.layer}`}_${node.dimension}`;
  };
  return new Map(nodes.map((node) => [node, nameOf(node)]));
}

/** Without the noise that a single node depends on: that node is random given its other parents. */
function withoutOwnNoise(nodes: readonly Node[]): Node[] {
  const readers = (node: Node) => nodes.filter(({ parents }) => parents.includes(node)).length;
  return nodes.filter((node) => node.layer > 0 || readers(node) !== 1);
}

/** The network of the nodes; edges from nodes that are left out are left out. */
function networkOf(nodes: readonly Node[], names: ReadonlyMap<Node, string>): BayesianNetwork {
  const adjacency = nodes.map((node) => nodes.map((other) => Number(node.parents.includes(other))));
  const isStack = new Set(nodes.map(({ layer }) => layer)).size > 1;
  const styleOf = (node: Node): NodeStyle => ({
    ...(isStack && { layer: node.layer }),
    isDeterministic:
      node.parents.length > 0 && node.parents.every((parent) => nodes.includes(parent)),
    ...(node.bijectiveTo &&
      nodes.includes(node.bijectiveTo) && { bijectiveTo: names.get(node.bijectiveTo)! }),
  });
  const list = nodes.map((node) => names.get(node)!);
  return new BayesianNetwork(
    adjacency,
    list,
    Object.fromEntries(nodes.map((node, i) => [list[i]!, styleOf(node)])),
  );
}
