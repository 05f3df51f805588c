import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';
import { untracked, withoutGradient } from './gradient.js';

/** The two branches of {@link safeWhere}. */
export interface Branches {
  /** The condition, from x to booleans of the shape of x; any comparison may be used. */
  readonly when: (x: Tensor) => Tensor;
  /** f, used where the condition holds. */
  readonly use: (x: Tensor) => Tensor;
  /** The result elsewhere: a number, or a tensor of the shape of x. */
  readonly otherwise: Tensor | number;
  /** A number inside the domain of f, which f sees in place of x where the condition does not hold. */
  readonly standIn: number;
}

/**
 * f(x) where a condition holds, another value elsewhere.
 *
 * With `tf.where` alone the branch that is not taken still enters the gradient as 0 * NaN. Here f never sees the
 * numbers it is not meant for: they are replaced by a stand-in first (the "double where").
 *
 * @param x any shape
 * @returns the shape of x
 *
 * @example
 * ```ts
 * import { safeWhere } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const root = (x: tf.Tensor) =>
 *   safeWhere(x, { when: (x) => tf.greater(x, 0), use: tf.sqrt, otherwise: 0, standIn: 1 });
 * tf.grad(root)(tf.tensor1d([-1, 4])).print(); // [0, 0.25]
 * ```
 */
export function safeWhere(x: Tensor, { when, use, otherwise, standIn }: Branches): Tensor {
  return tf.tidy(() => {
    const holds = untracked(() => when(x));
    // A full tensor: `where` would spread a scalar by the slow tile.
    const full = (value: number) => tf.fill(x.shape, value);
    const inside = use(tf.where(holds, x, full(standIn)));
    return tf.where(holds, inside, typeof otherwise === 'number' ? full(otherwise) : otherwise);
  });
}

/**
 * The bin between increasing knots that x lies in: the number of interior knots <= x.
 *
 * A value on a knot belongs to the bin that starts there; values before the first or after the last knot belong to
 * the first or last bin. The result has gradient zero; `tf.oneHot` makes a mask of it, which selects a bin's numbers
 * by a sum, where a gather would have no gradient on every engine.
 *
 * @param x shape `[...]`
 * @param knots shape `[..., K + 1]` or `[K + 1]`, increasing along the last axis
 * @returns int32 in [0, K), of the shape of x
 */
export function searchBins(x: Tensor, knots: Tensor): Tensor {
  const interior = (knots.shape.at(-1) ?? 0) - 2;
  return withoutGradient(x, (x) => {
    if (interior < 1) return tf.zerosLike(tf.cast(x, 'int32'));
    const begin = knots.shape.map((_, axis) => (axis === knots.rank - 1 ? 1 : 0));
    const starts = tf.slice(knots, begin, [...knots.shape.slice(0, -1), interior]);
    return tf.sum(tf.cast(tf.greaterEqual(tf.expandDims(x, -1), starts), 'int32'), -1);
  });
}
