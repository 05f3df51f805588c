import { checkOptions, type Key, Module } from '@pushforward/tensors';
import type { Adjacency } from '../adjacency.js';
import {
  type Conditioner,
  type ConditionerOptions,
  checkSizes,
  conditionerOptions,
} from '../conditioner.js';
import { Embedded } from './embedded.js';
import { SharedEmbedding } from './embedding.js';
import { LearnedGraph, type LearnedGraphOptions, learnedGraphOptions } from './learnedGraph.js';

/** What a graphical conditioner with a learned graph is made of. */
export interface LearnedGraphicalOptions extends ConditionerOptions, LearnedGraphOptions {
  /** D: numbers per vector. */
  readonly features: number;
}

/**
 * A graphical conditioner whose graph is learned.
 *
 * A conditioner computes the same parameters whenever it is asked. While the graph is learned its edges are random, so
 * there is not one conditioner but one for each draw of the gates: a loss draws it by its key, uses it once and forgets
 * it. Between them the network and the {@link LearnedGraph} stay.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, section 4.
 *
 * @example
 * ```ts
 * import { LearnedGraphical } from '@pushforward/conditioners';
 * import { Key } from '@pushforward/tensors';
 * const learned = new LearnedGraphical(Key.from(1), { features: 3, parameters: 2, hidden: [32], l1: 0.5 });
 * const x = Key.from(2).normal([10, 3]);
 * const h = learned.drawn(Key.from(3), [10]).parametersOf(x); // [10, 3, 2], through gates of its own for each x
 * console.log(learned.graph.acyclicity().dataSync()[0]! > 0); // true: nothing is decided yet
 * ```
 */
export class LearnedGraphical extends Module {
  /** What computes the parameters. */
  readonly embedding: SharedEmbedding;
  /** What they are computed from. */
  readonly graph: LearnedGraph;

  /** @throws OptionError or DomainError for options that are unknown or outside their domain */
  constructor(key: Key, options: LearnedGraphicalOptions) {
    super();
    checkOptions('LearnedGraphical', options, [
      ...conditionerOptions,
      ...learnedGraphOptions,
      'features',
    ]);
    const { features } = options;
    checkSizes('LearnedGraphical', options, features);
    const [forNet, forGraph] = key.split(2);
    this.embedding = new SharedEmbedding(forNet, features, options);
    this.graph = new LearnedGraph(
      forGraph,
      features,
      Object.fromEntries(
        learnedGraphOptions
          .filter((name) => options[name] !== undefined)
          .map((name) => [name, options[name]]),
      ),
    );
  }

  /**
   * The conditioner with random gates, or with the decided graph.
   *
   * Before the decision every dimension may read every other, so a map along it has no inverse, and the sum of its
   * log-slopes is no log-determinant but the score that is trained.
   *
   * @param batch shape of the batch whose vectors have gates of their own
   */
  drawn(key: Key, batch: readonly number[]): Conditioner {
    const { features } = this.embedding;
    const everyOther = Array.from({ length: features }, (_, i) =>
      Array.from({ length: features }, (_, j) => Number(i !== j)),
    );
    return new Embedded(this.embedding, everyOther, this.graph.gates(key, batch));
  }

  /** The conditioner along a graph, by default the one that is decided or would be now; it shares the network. */
  along(adjacency: Adjacency = this.graph.adjacency): Conditioner {
    return new Embedded(this.embedding, adjacency);
  }
}
