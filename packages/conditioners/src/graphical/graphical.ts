import { checkOptions, type Key, OptionError } from '@pushforward/tensors';
import { type ConditionerOptions, checkSizes, conditionerOptions } from '../conditioner.js';
import { Embedded } from './embedded.js';
import { SharedEmbedding } from './embedding.js';
import { adjacencyOf, type Graph, type NodeName } from './graph.js';

/** What a graphical conditioner is made of. */
export interface GraphicalOptions extends ConditionerOptions {
  /** D: numbers per vector. */
  readonly features: number;
  /** Which dimension reads which: a matrix, a list of edges, or a graph of graphology. */
  readonly graph: Graph;
  /** The node of each dimension, such as the columns of a table; 0, 1, ... by default. */
  readonly nodes?: readonly NodeName[];
}

/**
 * The conditioner of a Bayesian network: c_i(x) = h(x * A_i, e_i), where A_i is row i of the adjacency and e_i tells
 * the network, which all dimensions share, whose parameters are asked for.
 *
 * {@link Autoregressive} with an `adjacency` obeys the same graph by masks on the weights of one network, which
 * computes the parameters of all dimensions together.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, eq. 5 and section 4.1.
 *
 * @example
 * ```ts
 * import { Graphical } from '@pushforward/conditioners';
 * import { Key } from '@pushforward/tensors';
 * const conditioner = new Graphical(Key.from(1), {
 *   features: 3,
 *   graph: { edges: [[0, 1], [1, 2]] },
 *   parameters: 2,
 *   hidden: [64, 64],
 * });
 * const h = conditioner.parametersOf(Key.from(2).normal([10, 3])); // [10, 3, 2], all zero before training
 * ```
 */
export class Graphical extends Embedded {
  /**
   * @throws OptionError for unknown options, or nodes that are not those of the graph
   * @throws ShapeError for a matrix of another size
   * @throws DomainError for a graph with a cycle, which the message prints
   */
  constructor(key: Key, options: GraphicalOptions) {
    checkOptions('Graphical', options, [...conditionerOptions, 'features', 'graph', 'nodes']);
    const { features, graph, nodes = Array.from({ length: features }, (_, i) => i) } = options;
    checkSizes('Graphical', options, features);
    if (nodes.length !== features)
      throw new OptionError(
        `Graphical: nodes must name each of ${features} features, got ${nodes.length}.`,
      );
    super(new SharedEmbedding(key, features, options), adjacencyOf(graph, nodes));
  }
}
