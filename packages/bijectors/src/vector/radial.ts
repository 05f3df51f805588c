import {
  checkContext,
  checkCount,
  checkEvent,
  checkOptions,
  exp,
  type Key,
  softplus,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';
import { Selection } from './selection.js';

/** What a radial map is made of. */
export interface RadialOptions {
  /** D: numbers per vector. */
  readonly features: number;
  /** Numbers per context vector, on which centre, alpha and beta depend linearly before their constraints; 0 by default. */
  readonly context?: number;
}

/** The beta with softplus(beta) = alpha = 1. */
const UNIT = Math.log(Math.E - 1);

/**
 * y = z + beta h (z - z_0) with h = 1 / (alpha + r), r = |z - z_0|: towards a centre z_0, or away from it,
 * log|det| = (D - 1) log(1 + beta h) + log(1 + alpha beta h^2).
 *
 * alpha = exp(a) and beta = -alpha + softplus(b) > -alpha, so that the map is invertible. The numbers (z_0, a, b) are weights;
 * with a context c they have c A beside them. The start is the identity about a random centre, for the context 0. The inverse
 * is the root of a quadratic equation in r, whose squares float32 holds for r < 1e18.
 *
 * Source: Rezende and Mohamed, "Variational inference with normalizing flows", arXiv:1505.05770, section 4.1 and appendix A.2.
 *
 * @example
 * ```ts
 * import { Radial } from '@pushforward/bijectors';
 * import { Key } from '@pushforward/tensors';
 *
 * const map = new Radial(Key.from(1), { features: 2 });
 * const [y, logDet] = map.forwardAndLogDet(Key.from(2).normal([100, 2])); // [100, 2], [100]
 * ```
 */
export class Radial extends Bijector {
  override readonly eventRank = 1;
  override readonly contextSize: number;
  /** D. */
  readonly features: number;
  /** The centre, a and b. */
  readonly selection: Selection;

  /** @throws OptionError or DomainError for options that are unknown or outside their domain */
  constructor(key: Key, options: RadialOptions) {
    super();
    checkOptions('Radial', options, ['features', 'context']);
    const { features, context = 0 } = options;
    checkCount('Radial', 'features', features, 1);
    checkCount('Radial', 'context', context, 0);
    this.features = features;
    this.contextSize = context;
    const [forCentre, forContext] = key.split(2);
    this.selection = new Selection(forContext, context, () =>
      tf.concat([forCentre.normal([features]), tf.tensor1d([0, UNIT])]),
    );
  }

  override forwardAndLogDet(z: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(z, context);
    return tf.tidy(() => {
      const { centre, alpha, sum } = this.numbers(context);
      const offset = tf.sub(z, centre);
      const r = length(offset);
      const stretch = tf.div(tf.add(r, sum), tf.add(r, alpha));
      return [tf.add(centre, tf.mul(stretch, offset)), this.logDet(r, alpha, sum)];
    });
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(y, context);
    return tf.tidy(() => {
      const { centre, alpha, sum } = this.numbers(context);
      const offset = tf.sub(y, centre);
      const distance = length(offset);
      // r^2 - p r - alpha |y - z_0| = 0, divided by |y - z_0|, without differences of what is nearly the same.
      const p = tf.sub(distance, sum);
      const root = tf.sqrt(tf.add(tf.square(p), tf.mul(4, tf.mul(alpha, distance))));
      const larger = tf.add(root, tf.abs(p));
      const isFar = untracked(() => tf.greaterEqual(p, 0));
      const stretch = tf.where(
        isFar,
        tf.div(larger, tf.mul(2, tf.maximum(distance, sum))),
        tf.div(tf.mul(2, alpha), larger),
      );
      const r = tf.mul(stretch, distance);
      return [tf.add(centre, tf.mul(stretch, offset)), tf.neg(this.logDet(r, alpha, sum))];
    });
  }

  /** With beta = sum - alpha: 1 + beta h = (r + sum) h, and 1 + alpha beta h^2 = (r^2 + 2 alpha r + alpha sum) h^2. */
  private logDet(r: Tensor, alpha: Tensor, sum: Tensor): Tensor {
    const outer = tf.add(r, alpha);
    const around = tf.log(tf.div(tf.add(r, sum), outer));
    const h = tf.div(alpha, outer);
    const along = tf.log(tf.add(1, tf.mul(tf.square(h), tf.sub(tf.div(sum, alpha), 1))));
    return tf.squeeze(tf.add(tf.mul(this.features - 1, around), along), [-1]);
  }

  /** The centre `[..., D]`, alpha and alpha + beta `[..., 1]`. */
  private numbers(context: Tensor | undefined) {
    const selected = this.selection.at(context);
    const [centre, a, b] = tf.split(selected, [this.features, 1, 1], -1) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    return { centre, alpha: exp(a), sum: softplus(b) };
  }

  private checkInput(x: Tensor, context: Tensor | undefined): void {
    checkEvent('Radial', x, [this.features]);
    checkContext('Radial', this.contextSize, context);
  }
}

/** |x|, `[..., D]` -> `[..., 1]`, with a gradient at 0. */
function length(x: Tensor): Tensor {
  return tf.sqrt(tf.add(tf.sum(tf.square(x), -1, true), 1e-30));
}
