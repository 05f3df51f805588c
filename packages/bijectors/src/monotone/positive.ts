import {
  clip,
  elementwise,
  exp,
  log1p,
  sigmoid,
  softplus,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** A function that makes any number positive, with its logarithm; each takes 0 to 1, or 0. */
export interface Positive {
  readonly value: (z: Tensor) => Tensor;
  readonly log: (z: Tensor) => Tensor;
}

/** The name of a {@link Positive}. */
export type PositiveName = keyof typeof positives;

/** e^z for z < 0 and 1 + z above. Written so, it keeps its digits where ELU(z) + 1 would lose them all. */
const eluPlusOne = elementwise(
  (z) => tf.add(tf.exp(tf.minimum(z, 0)), tf.maximum(z, 0)),
  (z) => exp(clip(z, -Infinity, 0)),
);

/** Where softplus is 1. */
const SOFTPLUS_AT_1 = Math.log(Math.E - 1);

/** What the last layer of an integrand goes through. */
const positives = {
  /** ELU(z) + 1 (Wehenkel and Louppe, arXiv:1908.05164, section 2): its second derivative jumps at 0. */
  elu: {
    value: eluPlusOne,
    log: elementwise(
      (z) => tf.add(tf.minimum(z, 0), log1p(tf.maximum(z, 0))),
      (z) => tf.reciprocal(tf.add(1, clip(z, 0, Infinity))),
    ),
  },
  /** log(1 + (e - 1) e^z): smooth, so that quadrature converges faster. */
  softplus: {
    value: (z) => softplus(tf.add(z, SOFTPLUS_AT_1)),
    log: elementwise(
      (z) => {
        const shifted = tf.add(z, SOFTPLUS_AT_1);
        // log(1 + e^a) is e^a to a rounding where a < -17.
        const value = tf.log(tf.softplus(tf.maximum(shifted, -15)));
        return tf.add(value, tf.minimum(tf.add(shifted, 15), 0));
      },
      (z) => {
        const shifted = clip(tf.add(z, SOFTPLUS_AT_1), -15, Infinity);
        return tf.div(sigmoid(shifted), softplus(shifted));
      },
    ),
  },
} satisfies Record<string, Positive>;

/** The names of all. */
export const positiveNames = Object.keys(positives) as readonly PositiveName[];

/**
 * least + (1 - least) p for the function p of that name: slopes with a floor, still 1 at 0.
 *
 * @param least in [0, 1)
 */
export function positive(name: PositiveName, least: number): Positive {
  const { value, log }: Positive = positives[name];
  if (least === 0) return { value, log };
  const raised = (z: Tensor) => tf.add(least, tf.mul(1 - least, value(z)));
  return { value: raised, log: (z) => tf.log(raised(z)) };
}
