import { OptionError } from '@pushforward/tensors';
import { type Adjacency, checkAdjacency, depthOf, levels, parentsOf } from '../adjacency.js';
import { childrenOf, closure, isSeparated } from './separation.js';

/** A conditional independence of one node. */
export interface Independence {
  /** The node. */
  readonly node: string;
  /** What it does not depend on. */
  readonly of: readonly string[];
  /** Once these are known: its parents. */
  readonly given: readonly string[];
}

/** What is known of a node besides its name and edges. */
export interface NodeStyle {
  /** The row that drawings put it in, 0 for the top; by default its depth. */
  readonly layer?: number;
  /** Whether it is a function of its parents; it is drawn with a double circle. */
  readonly isDeterministic?: boolean;
  /** The parent that it is a bijective function of when the other parents are known; drawn without an arrow. */
  readonly bijectiveTo?: string;
}

/**
 * A directed acyclic graph of random variables, each of which depends on its parents alone: p(x) = prod_i p(x_i |
 * parents of x_i).
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 4.2.2; Koller and Friedman,
 * "Probabilistic graphical models", MIT Press 2009, chapter 3.
 *
 * @example
 * ```ts
 * import { adjacencyOf, BayesianNetwork } from '@pushforward/conditioners';
 * const names = ['rain', 'sprinkler', 'grass'];
 * const network = new BayesianNetwork(adjacencyOf({ edges: [['rain', 'grass'], ['sprinkler', 'grass']] }, names), names);
 * console.log(network.isSeparated('rain', 'sprinkler')); // true
 * console.log(network.isSeparated('rain', 'sprinkler', ['grass'])); // false
 * ```
 */
export class BayesianNetwork {
  /** The name of each node. */
  readonly names: readonly string[];
  private readonly position: ReadonlyMap<string, number>;
  private readonly parentLists: readonly (readonly number[])[];
  private readonly childLists: readonly (readonly number[])[];

  /**
   * @param adjacency `A[i][j] = 1` for an edge from j to i
   * @param names of the nodes, all different; x_0, x_1, ... by default
   * @throws ShapeError for a matrix that is not square, or not of as many nodes
   * @throws DomainError for a cycle, which the message prints
   * @throws OptionError for two nodes of one name
   */
  constructor(
    /** `A[i][j] = 1` for an edge from node j to node i. */
    readonly adjacency: Adjacency,
    names: readonly string[] = adjacency.map((_, i) => `x_${i}`),
    /** What is known of each node by name, for drawings. */
    readonly styles: Readonly<Record<string, NodeStyle>> = {},
  ) {
    checkAdjacency('BayesianNetwork', adjacency, names);
    this.names = names;
    this.position = new Map(names.map((name, i) => [name, i]));
    if (this.position.size < names.length)
      throw new OptionError(`BayesianNetwork: names must be different, got ${names.join(', ')}.`);
    this.parentLists = adjacency.map((_, i) => parentsOf(adjacency, i));
    this.childLists = childrenOf(adjacency);
  }

  /** The longest path, in edges. */
  get depth(): number {
    return depthOf(this.adjacency);
  }

  /** The longest path that ends in each node, in edges: 0 for a root. */
  get levels(): readonly number[] {
    return levels(this.adjacency);
  }

  /** Every edge, from a parent to its child. */
  get edges(): readonly (readonly [from: string, to: string])[] {
    return this.parentLists.flatMap((parents, i) =>
      parents.map((j) => [this.names[j]!, this.names[i]!] as const),
    );
  }

  /** What the node depends on directly. */
  parents(node: string): string[] {
    return this.named(this.parentLists[this.at(node)]!);
  }

  /** What depends on the node directly. */
  children(node: string): string[] {
    return this.named(this.childLists[this.at(node)]!);
  }

  /** What the node descends from. */
  ancestors(node: string): string[] {
    return this.named(this.reached(node, this.parentLists));
  }

  /** What descends from the node. */
  descendants(node: string): string[] {
    return this.named(this.reached(node, this.childLists));
  }

  /** Parents, children, and the other parents of these: given them the node is independent of all else. */
  markovBlanket(node: string): string[] {
    return this.named(this.moral()[this.at(node)]!);
  }

  /** The pairs of nodes that are joined by an edge or have a child in common. */
  moralGraph(): [string, string][] {
    return this.moral().flatMap((others, i) =>
      others.filter((j) => j > i).map((j): [string, string] => [this.names[i]!, this.names[j]!]),
    );
  }

  /**
   * Whether the network says that a and b are independent given the others: no trail between them is active
   * (d-separation).
   *
   * What is d-separated is independent in every law that factorises along the network; what is not may still be in
   * some.
   *
   * @throws OptionError for a node that the network does not have
   */
  isSeparated(
    a: string | readonly string[],
    b: string | readonly string[],
    given: string | readonly string[] = [],
  ): boolean {
    return isSeparated(this.adjacency, this.set(a), this.set(b), this.set(given));
  }

  /**
   * The independencies that the network asserts: each node of all that do not descend from it, given its parents.
   * All others follow from these (local Markov property).
   */
  independencies(): Independence[] {
    return this.names.flatMap((node) => {
      const given = this.parents(node);
      const others = [node, ...given, ...this.descendants(node)];
      const of = this.names.filter((name) => !others.includes(name));
      return of.length === 0 ? [] : [{ node, of, given }];
    });
  }

  /**
   * Whether every independence that this network asserts holds in another one of the same nodes, so that it can
   * represent every law that factorises along that one.
   *
   * @throws OptionError where the nodes are not the same
   */
  isIMapOf(other: BayesianNetwork): boolean {
    this.checkSame(other);
    return this.independencies().every(({ node, of, given }) => other.isSeparated(node, of, given));
  }

  /**
   * Whether both assert the same independencies (Markov equivalence): the same pairs are joined, and the same pairs
   * that are not joined have the same children in common.
   *
   * Source: Verma and Pearl, "Equivalence and synthesis of causal models", UAI 1990.
   *
   * @throws OptionError where the nodes are not the same
   */
  isEquivalentTo(other: BayesianNetwork): boolean {
    this.checkSame(other);
    return this.pattern().join() === other.pattern().join();
  }

  /** Pairs that are joined, and pairs of parents that are not, with their child; by name. */
  private pattern(): string[] {
    const { names, adjacency } = this;
    const isJoined = (i: number, j: number) => adjacency[i]![j] === 1 || adjacency[j]![i] === 1;
    const joined = this.edges.map((edge) => [...edge].sort().join(' - '));
    const colliders = this.parentLists.flatMap((parents, child) =>
      parents.flatMap((i) =>
        parents
          .filter((j) => names[i]! < names[j]! && !isJoined(i, j))
          .map((j) => `${names[i]!} -> ${names[child]!} <- ${names[j]!}`),
      ),
    );
    return [...joined, ...colliders].sort();
  }

  /** For each node its neighbours in the moral graph, ascending. */
  private moral(): number[][] {
    return this.parentLists.map((parents, i) => {
      const children = this.childLists[i]!;
      const spouses = children.flatMap((child) => this.parentLists[child]!);
      const all = new Set([...parents, ...children, ...spouses]);
      all.delete(i);
      return [...all].sort((a, b) => a - b);
    });
  }

  private reached(node: string, next: readonly (readonly number[])[]): number[] {
    const start = this.at(node);
    return [...closure(next[start]!, next)].sort((a, b) => a - b);
  }

  private set(nodes: string | readonly string[]): Set<number> {
    return new Set((typeof nodes === 'string' ? [nodes] : nodes).map((node) => this.at(node)));
  }

  private named(nodes: readonly number[]): string[] {
    return nodes.map((i) => this.names[i]!);
  }

  private at(node: string): number {
    const i = this.position.get(node);
    if (i === undefined)
      throw new OptionError(
        `BayesianNetwork: there is no node ${node}; the nodes are ${this.names.join(', ')}.`,
      );
    return i;
  }

  private checkSame(other: BayesianNetwork): void {
    if ([...this.names].sort().join() !== [...other.names].sort().join())
      throw new OptionError(
        `BayesianNetwork: networks of the same nodes are compared, got ${this.names.join(', ')} ` +
          `and ${other.names.join(', ')}.`,
      );
  }
}
