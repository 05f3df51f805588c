import { MLP, type Network, ResidualNet } from '@pushforward/nn';
import { checkOptions, type Key, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Adjacency, autoregressiveAdjacency, checkAdjacency, depthOf } from './adjacency.js';
import {
  Conditioner,
  type ConditionerOptions,
  checkSizes,
  conditionerOptions,
} from './conditioner.js';
import { besideContext, checkInputs } from './context.js';
import { masksOf } from './masks.js';

/** What an autoregressive conditioner is made of. */
export interface AutoregressiveOptions extends ConditionerOptions {
  /** D: numbers per vector. */
  readonly features: number;
  /** `order[i]` is the position of dimension i, which reads all those before it; as they stand by default. */
  readonly order?: readonly number[];
  /** Instead of an order, any directed acyclic graph. */
  readonly adjacency?: Adjacency;
}

/**
 * One masked network for all dimensions, in which each reads its parents and nothing else.
 *
 * With an order it is MADE: dimension i reads all those before it. With an adjacency it reads exactly what the graph
 * says. The context is read by all.
 *
 * Source: Germain et al., "MADE: masked autoencoder for distribution estimation", arXiv:1502.03509.
 *
 * @example
 * ```ts
 * import { Autoregressive } from '@pushforward/conditioners';
 * import { Key } from '@pushforward/tensors';
 * const conditioner = new Autoregressive(Key.from(1), { features: 3, parameters: 2, hidden: [64, 64] });
 * const h = conditioner.parametersOf(Key.from(2).normal([10, 3])); // [10, 3, 2], all zero before training
 * ```
 */
export class Autoregressive extends Conditioner {
  override readonly adjacency: Adjacency;
  override readonly depth: number;
  override readonly transformed: readonly number[];
  override readonly parameterCount: number;
  override readonly contextSize: number;
  /** What computes the parameters. */
  readonly net: Network;

  /**
   * @throws OptionError for unknown options, an order beside an adjacency, or a hidden layer with fewer units than the
   *   graph has different sets of parents: D - 1 for an order (D with a context)
   * @throws DomainError for an order that is no permutation or a graph with a cycle, which the message prints
   */
  constructor(key: Key, options: AutoregressiveOptions) {
    super();
    checkOptions('Autoregressive', options, [
      ...conditionerOptions,
      'features',
      'order',
      'adjacency',
    ]);
    const { features, parameters, hidden, context = 0, residual = false, lastScale = 0 } = options;
    checkSizes('Autoregressive', options, features);
    this.adjacency = graphOf(options);
    this.depth = depthOf(this.adjacency);
    this.transformed = this.adjacency.map((_, i) => i);
    this.parameterCount = parameters;
    this.contextSize = context;
    const masks = masksOf('Autoregressive', this.adjacency, {
      parameters,
      context,
      // A residual network has one layer, and two more for each block.
      hidden: residual ? [hidden[0] ?? 0, ...hidden.flatMap((width) => [width, width])] : hidden,
    });
    const constant = masks.length === 1;
    this.net = new (residual && !constant ? ResidualNet : MLP)(key, {
      inputs: features + context,
      outputs: features * parameters,
      hidden: constant ? [] : hidden,
      lastScale,
      masks,
      ...(options.activation && { activation: options.activation }),
    });
  }

  override parametersOf(x: Tensor, context?: Tensor): Tensor {
    const features = this.adjacency.length;
    checkInputs('Autoregressive', [features, this.contextSize], x, context);
    return tf.tidy(() => {
      const h = this.net.apply(besideContext(x, context));
      return tf.reshape(h, [...h.shape.slice(0, -1), features, this.parameterCount]);
    });
  }
}

function graphOf({ features, order, adjacency }: AutoregressiveOptions): Adjacency {
  if (order !== undefined && adjacency !== undefined)
    throw new OptionError('Autoregressive: give an order or an adjacency, not both.');
  const graph =
    adjacency ?? autoregressiveAdjacency(order ?? Array.from({ length: features }, (_, i) => i));
  if (graph.length !== features)
    throw new OptionError(
      `Autoregressive: order and adjacency must be of ${features} features, got ${graph.length}.`,
    );
  checkAdjacency('Autoregressive', graph);
  return graph;
}
