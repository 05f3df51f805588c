import { MLP, type Network, ResidualNet } from '@pushforward/nn';
import { type Key, Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { ConditionerOptions } from '../conditioner.js';

/**
 * One network for all dimensions: h(x * A_i, e_i) in place of h_i(x * A_i), e_i the one-hot code of i.
 *
 * The D vectors x * A_i of each x are rows of one batch, so that every layer is one product.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, section 4.1.
 */
export class SharedEmbedding extends Module {
  /** P: numbers per dimension. */
  readonly parameterCount: number;
  /** C: numbers per context vector; 0 for none. */
  readonly contextSize: number;
  /** From `[x * A_i, e_i, context]` to the numbers of dimension i. */
  readonly net: Network;

  /** @param features D */
  constructor(
    key: Key,
    readonly features: number,
    options: ConditionerOptions,
  ) {
    super();
    const { parameters, hidden, activation, context = 0 } = options;
    const { residual = false, lastScale = 0 } = options;
    this.parameterCount = parameters;
    this.contextSize = context;
    this.net = new (residual ? ResidualNet : MLP)(key, {
      inputs: 2 * features + context,
      outputs: parameters,
      hidden,
      lastScale,
      ...(activation && { activation }),
    });
  }

  /**
   * @param seen what each dimension sees of x, x * A_i, shape `[...batch, D, D]`
   * @param context shape `[...batch, C]`, or broadcastable to it
   * @returns shape `[...batch, D, P]`
   */
  apply(seen: Tensor, context?: Tensor): Tensor {
    return tf.tidy(() => {
      const rows = seen.shape.slice(0, -1);
      const perRow = (part: Tensor) => tf.broadcastTo(part, [...rows, part.shape.at(-1)!]);
      const parts = [seen, perRow(tf.eye(this.features))];
      if (context !== undefined) parts.push(perRow(tf.expandDims(context, -2)));
      return this.net.apply(tf.concat(parts, -1));
    });
  }
}
