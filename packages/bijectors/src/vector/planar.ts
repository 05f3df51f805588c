import {
  checkContext,
  checkCount,
  checkEvent,
  checkOptions,
  type Key,
  softplus,
  type Tensor,
  tanh,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';
import { Selection } from './selection.js';
import { tanhRoot } from './tanhRoot.js';

/** What a planar map is made of. */
export interface PlanarOptions {
  /** D: numbers per vector. */
  readonly features: number;
  /** Numbers per context vector, on which u, w and b depend linearly; 0 by default. */
  readonly context?: number;
}

/** The slope along w is nowhere less: softplus alone comes as near to 0 as float32 lets it. */
const LEAST_SLOPE = 1e-6;

/** The a with softplus(a) = 1. */
const UNIT = Math.log(Math.E - 1);

/**
 * y = z + v tanh(w . z + b), log|det| = log(1 + v . w (1 - tanh^2)), with v = u + (m(w . u) - w . u) w / |w|^2.
 *
 * The constraint m(a) = -1 + softplus(a) makes v . w > -1, so that the map is invertible whatever u and w are. The numbers
 * (u, w, b) are weights; with a context c they have c A beside them, so that a chain of such maps whose context is an encoder's
 * output is an amortised posterior. The start is the identity in a random direction w, for the context 0. The inverse finds
 * one number, w . z, as the root of an increasing function.
 *
 * Source: Rezende and Mohamed, "Variational inference with normalizing flows", arXiv:1505.05770, section 4.1 and appendix A.1.
 *
 * @example
 * ```ts
 * import { chain, Planar } from '@pushforward/bijectors';
 * import { Key } from '@pushforward/tensors';
 *
 * const [forZ, ...keys] = Key.from(1).split(5);
 * const flow = chain(keys.map((key) => new Planar(key, { features: 2 })));
 * const [y, logDet] = flow.forwardAndLogDet(forZ!.normal([100, 2])); // [100, 2], [100]
 * ```
 */
export class Planar extends Bijector {
  override readonly eventRank = 1;
  override readonly contextSize: number;
  /** D. */
  readonly features: number;
  /** u, w and b. */
  readonly selection: Selection;

  /** @throws OptionError or DomainError for options that are unknown or outside their domain */
  constructor(key: Key, options: PlanarOptions) {
    super();
    checkOptions('Planar', options, ['features', 'context']);
    const { features, context = 0 } = options;
    checkCount('Planar', 'features', features, 1);
    checkCount('Planar', 'context', context, 0);
    this.features = features;
    this.contextSize = context;
    const [forDirection, forContext] = key.split(2);
    this.selection = new Selection(forContext, context, () => {
      const draw = forDirection.normal([features]);
      const w = tf.div(draw, tf.norm(draw));
      return tf.concat([tf.mul(UNIT, w), w, tf.zeros([1])]);
    });
  }

  override forwardAndLogDet(z: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(z, context);
    return tf.tidy(() => {
      const { v, w, b, slope } = this.numbers(context);
      const h = tanh(tf.add(along(w, z), b));
      return [tf.add(z, tf.mul(v, h)), logSlope(slope, h)];
    });
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(y, context);
    return tf.tidy(() => {
      const { v, w, b, slope } = this.numbers(context);
      const r = tf.add(along(w, y), b);
      const h = tanh(tanhRoot(r, tf.add(slope, tf.zerosLike(r))));
      return [tf.sub(y, tf.mul(v, h)), tf.neg(logSlope(slope, h))];
    });
  }

  /** v and w `[..., D]`, b and 1 + v . w `[..., 1]`. */
  private numbers(context: Tensor | undefined) {
    const selected = this.selection.at(context);
    const [u, w, b] = tf.split(selected, [this.features, this.features, 1], -1) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const product = along(w, u);
    const slope = tf.add(softplus(product), LEAST_SLOPE);
    const excess = tf.sub(tf.sub(slope, 1), product);
    const v = tf.add(u, tf.mul(tf.div(excess, tf.add(along(w, w), 1e-12)), w));
    return { v, w, b, slope };
  }

  private checkInput(x: Tensor, context: Tensor | undefined): void {
    checkEvent('Planar', x, [this.features]);
    checkContext('Planar', this.contextSize, context);
  }
}

/** w . z, `[..., D]` -> `[..., 1]`. */
function along(w: Tensor, z: Tensor): Tensor {
  return tf.sum(tf.mul(w, z), -1, true);
}

/** log of 1 + k (1 - h^2) with k = slope - 1, `[..., 1]` -> `[...]`. */
function logSlope(slope: Tensor, h: Tensor): Tensor {
  const at = tf.add(slope, tf.mul(tf.sub(1, slope), tf.square(h)));
  return tf.squeeze(tf.log(at), [-1]);
}
