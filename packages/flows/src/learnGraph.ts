import { ActNorm, chain, type Normalizer } from '@pushforward/bijectors';
import {
  type Adjacency,
  type Conditioner,
  LearnedGraphical,
  type LearnedGraphOptions,
  Triangular,
} from '@pushforward/conditioners';
import {
  type Distribution,
  normalizingFlow,
  type Pushforward,
  standardNormal,
} from '@pushforward/distributions';
import {
  type Batch,
  type EpochReport,
  type Key,
  type Learner,
  Module,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { checkGraphicalOptions, type NormalizerChoice, normalizerOf } from './graphical.js';
import { type FlowOptions, pick } from './options.js';
import { network } from './steps.js';

/** Options of {@link learnGraph}. */
export interface GraphLearnerOptions
  extends Omit<FlowOptions, 'permutation' | 'transforms'>,
    NormalizerChoice,
    LearnedGraphOptions {}

const ofGraph = [
  'l1',
  'temperature',
  'patience',
  'growth',
  'pace',
  'tolerance',
  'threshold',
] as const satisfies readonly (keyof LearnedGraphOptions)[];

/** A graphical flow of one transform whose graph is learned with it; made by {@link learnGraph}. */
export class GraphLearner extends Module implements Learner {
  private readonly base: Distribution;
  private readonly actNorm: ActNorm | undefined;
  private readonly normalizer: Normalizer;
  /** The network, and the graph with its multipliers. */
  readonly conditioner: LearnedGraphical;

  /** @internal made by {@link learnGraph} */
  constructor(key: Key, options: GraphLearnerOptions) {
    super();
    const { features, actNorm = true } = options;
    const [forNet, forNormalizer] = key.split(2);
    this.base = standardNormal([features]);
    this.actNorm = actNorm ? new ActNorm(features) : undefined;
    this.normalizer = normalizerOf(forNormalizer, options);
    this.conditioner = new LearnedGraphical(forNet, {
      features,
      ...network(options, this.normalizer),
      ...pick(options, ofGraph),
    });
  }

  /** Whether the graph is decided; until then it is relaxed, and the loss is a score and no likelihood. */
  get isDecided(): boolean {
    return this.conditioner.graph.isDecided;
  }

  /** The decided graph; before the decision, what it would be now. */
  get adjacency(): Adjacency {
    return this.conditioner.graph.adjacency;
  }

  /** The flow along the {@link adjacency}; it shares its weights with the learner. */
  get flow(): Pushforward {
    return this.along(this.conditioner.along());
  }

  /** Decides the graph as it stands, where training was ended before. */
  decide(): void {
    this.conditioner.graph.decide();
  }

  prepare(batch: Batch): void {
    this.actNorm?.prepare(batch.x);
  }

  /** The mean negative log-likelihood through random gates, and the penalty; once decided, the former along the graph. */
  loss(batch: Batch, key: Key): Tensor {
    return tf.tidy(() => {
      const conditioner = this.conditioner.drawn(key, batch.x.shape.slice(0, -1));
      const logProb = this.along(conditioner).logProb(batch.x, batch.context);
      return tf.sub(this.conditioner.graph.penalty(), tf.mean(logProb));
    });
  }

  endOfEpoch(report: EpochReport): boolean {
    return this.conditioner.graph.endOfEpoch(report);
  }

  private along(conditioner: Conditioner): Pushforward {
    const step = new Triangular(conditioner, this.normalizer);
    return normalizingFlow(chain([...(this.actNorm ? [this.actNorm] : []), step]), this.base);
  }
}

/**
 * A learner of a graphical flow and of its graph: `fit` it, and take `learner.flow`.
 *
 * It maximises E[log p(x)] - l1 mean|a| over the weights and the gates' a, under the constraint that the graph has
 * no cycle. Every so often the loss stalls and the constraint is tightened; in the end the graph is decided, and
 * what is left of the training fits the flow along it.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, sections 4.2 to 4.4.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { learnGraph } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const learner = learnGraph(Key.from(1), { features: 3, l1: 0.5 });
 * const loss = learner.loss({ x: Key.from(2).normal([10, 3]) }, Key.from(3));
 * learner.decide(); // fit does so by itself once the graph has no cycle
 * const x = learner.flow.sample(Key.from(4), [100]); // [100, 3]
 * ```
 */
export function learnGraph(key: Key, options: GraphLearnerOptions): GraphLearner {
  checkGraphicalOptions('learnGraph', options, ofGraph);
  return new GraphLearner(key, options);
}
