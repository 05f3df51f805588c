import { MLP, type Network, ResidualNet } from '@pushforward/nn';
import {
  checkOptions,
  type Key,
  OptionError,
  ShapeError,
  type Tensor,
  takeColumns,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Adjacency, couplingAdjacency, depthOf } from './adjacency.js';
import {
  Conditioner,
  type ConditionerOptions,
  checkSizes,
  conditionerOptions,
} from './conditioner.js';
import { besideContext, checkInputs } from './context.js';

/** What a coupling conditioner is made of. */
export interface CouplingOptions extends Omit<ConditionerOptions, 'hidden'> {
  /** 1 for the dimensions that are read and pass unchanged, 0 for those that are transformed. */
  readonly mask: readonly number[];
  /** Width of each hidden layer, or of each block of a residual network. */
  readonly hidden?: readonly number[];
  /** Instead of hidden layers, a network of one's own from the read dimensions and the context to T P numbers. */
  readonly network?: (key: Key, inputs: number, outputs: number) => Network;
}

/**
 * The dimensions of mask 1 pass unchanged and are read by one network, which parameterises the others.
 *
 * Source: Dinh et al., "Density estimation using Real NVP", arXiv:1605.08803, section 3.4.
 *
 * @example
 * ```ts
 * import { Coupling } from '@pushforward/conditioners';
 * import { Key } from '@pushforward/tensors';
 * const conditioner = new Coupling(Key.from(1), { mask: [1, 0, 1], parameters: 2, hidden: [64, 64] });
 * const h = conditioner.parametersOf(Key.from(2).normal([10, 3])); // [10, 1, 2], all zero before training
 * ```
 */
export class Coupling extends Conditioner {
  override readonly adjacency: Adjacency;
  override readonly depth: number;
  override readonly transformed: readonly number[];
  override readonly parameterCount: number;
  override readonly contextSize: number;
  /** What computes the parameters. */
  readonly net: Network;
  private readonly read: readonly number[];

  /**
   * @throws DomainError unless the mask holds zeros and ones, one of each at least
   * @throws OptionError for unknown options, or unless there is one of `hidden` and `network`
   */
  constructor(key: Key, options: CouplingOptions) {
    super();
    checkOptions('Coupling', options, [...conditionerOptions, 'mask', 'network']);
    const { mask, parameters, context = 0 } = options;
    checkSizes('Coupling', { parameters, context }, mask.length);
    this.adjacency = couplingAdjacency(mask);
    this.depth = depthOf(this.adjacency);
    this.transformed = mask.flatMap((entry, i) => (entry === 0 ? [i] : []));
    this.read = mask.flatMap((entry, i) => (entry === 1 ? [i] : []));
    this.parameterCount = parameters;
    this.contextSize = context;
    const sizes = {
      inputs: this.read.length + context,
      outputs: this.transformed.length * parameters,
    };
    this.net = networkOf(key, sizes, options);
  }

  override parametersOf(x: Tensor, context?: Tensor): Tensor {
    checkInputs('Coupling', [this.adjacency.length, this.contextSize], x, context);
    return tf.tidy(() => {
      const h = this.net.apply(besideContext(takeColumns(x, this.read), context));
      const batch = h.shape.slice(0, -1);
      return tf.reshape(h, [...batch, this.transformed.length, this.parameterCount]);
    });
  }
}

function networkOf(
  key: Key,
  sizes: { readonly inputs: number; readonly outputs: number },
  options: CouplingOptions,
): Network {
  const { network, hidden, activation, residual = false, lastScale = 0 } = options;
  const own = (['hidden', 'activation', 'residual', 'lastScale'] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (network === undefined) {
    if (hidden === undefined)
      throw new OptionError('Coupling: give the hidden widths, or a network.');
    return new (residual ? ResidualNet : MLP)(key, {
      ...sizes,
      hidden,
      lastScale,
      ...(activation && { activation }),
    });
  }
  if (own.length > 0)
    throw new OptionError(`Coupling: with a network of one's own there is no ${own.join(', ')}.`);
  const net = network(key, sizes.inputs, sizes.outputs);
  if (net.inputs !== sizes.inputs || net.outputs !== sizes.outputs)
    throw new ShapeError(
      `Coupling: the network must map ${sizes.inputs} numbers to ${sizes.outputs}, ` +
        `got one from ${net.inputs} to ${net.outputs}.`,
    );
  return net;
}
