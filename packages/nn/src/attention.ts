import {
  checkCount,
  checkEvent,
  checkOptions,
  DomainError,
  type Key,
  Module,
  ShapeError,
  softmax,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { fanInUniform, scaled } from './initialisers.js';
import { Linear } from './linear.js';

/** Options of {@link MultiHeadAttention}. */
export interface AttentionOptions {
  /** How many means each token takes, of a part of the features each; 1 by default. */
  readonly heads?: number;
  /** Factor on the start of the last layer: 1 by default, 0 for a layer that starts at zero. */
  readonly lastScale?: number;
}

/**
 * Self-attention: every token takes means of what all tokens tell, weighted by how well their keys answer its query.
 *
 * For each head, softmax(Q K^T / sqrt d) V with Q, K and V linear in the tokens, d numbers each; a linear layer joins
 * the heads. Tokens have no order but what their features say.
 *
 * Source: Vaswani et al., "Attention is all you need", arXiv:1706.03762, section 3.2.
 *
 * @example
 * ```ts
 * import { MultiHeadAttention } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const layer = new MultiHeadAttention(Key.from(1), 16, { heads: 4 });
 * const y = layer.apply(Key.from(2).normal([10, 7, 16])); // [10, 7, 16], of seven tokens
 * ```
 */
export class MultiHeadAttention extends Module {
  /** Queries, keys and values, one after the other. */
  readonly read: Linear;
  /** Joins the heads. */
  readonly last: Linear;
  private readonly heads: number;

  /**
   * @param features numbers of each token
   * @throws OptionError or DomainError for options that are unknown, or heads that do not divide the features
   */
  constructor(
    key: Key,
    readonly features: number,
    options: AttentionOptions = {},
  ) {
    super();
    const where = 'MultiHeadAttention';
    checkOptions(where, options, ['heads', 'lastScale']);
    const { heads = 1, lastScale = 1 } = options;
    checkCount(where, 'features', features, 1);
    checkCount(where, 'heads', heads, 1);
    if (features % heads !== 0)
      throw new DomainError(
        `${where}: heads must divide the features, got ${features} features for ${heads} heads.`,
      );
    const [forRead, forLast] = key.split(2);
    const start = scaled(fanInUniform, lastScale);
    this.read = new Linear(forRead, features, 3 * features);
    this.last = new Linear(forLast, features, features, { initialiser: start, bias: start });
    this.heads = heads;
  }

  /**
   * @param x shape `[..., T, features]`
   * @returns the shape of x
   * @throws ShapeError where the last axis of x is not `features`, or there is no other
   */
  apply(x: Tensor): Tensor {
    checkEvent('MultiHeadAttention', x, [this.features]);
    const tokens = x.shape.at(-2);
    if (tokens === undefined)
      throw new ShapeError('MultiHeadAttention: tokens lie along an axis of their own, got none.');
    return tf.tidy(() => {
      const read = tf.reshape(this.read.apply(x), [-1, tokens, 3 * this.features]);
      const [queries, keys, values] = tf.split(read, 3, 2).map((part) => this.apart(part)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const sharp = tf.mul(queries, (this.features / this.heads) ** -0.5);
      const weights = softmax(tf.matMul(sharp, keys, false, true));
      const means = this.together(tf.matMul(weights, values), tokens);
      return tf.reshape(this.last.apply(means), x.shape);
    });
  }

  /** Each head by itself, `[N, T, features]` -> `[N heads, T, features / heads]`. */
  private apart(x: Tensor): Tensor {
    const [count, tokens] = x.shape as [number, number];
    const size = this.features / this.heads;
    const heads = tf.transpose(tf.reshape(x, [count, tokens, this.heads, size]), [0, 2, 1, 3]);
    return tf.reshape(heads, [count * this.heads, tokens, size]);
  }

  private together(x: Tensor, tokens: number): Tensor {
    const heads = tf.reshape(x, [-1, this.heads, tokens, this.features / this.heads]);
    return tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), [-1, tokens, this.features]);
  }
}
