import {
  clip,
  type Key,
  lgamma,
  logSoftmax,
  logSumExp,
  softmax,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { checkLogits } from './categorical.js';
import { Distribution } from './distribution.js';
import { checkFinite, checkPositive, type ParameterLike, tensorOf } from './parameters.js';
import { onSupport } from './support.js';

/** The number next to 0 that draws take: their density is a number. */
const LEAST = 1e-37;

/**
 * A vector of K positive numbers of sum 1 in place of an index, with a density and with draws that carry a gradient: the law of
 * X = softmax((logits + G) / temperature), G of K Gumbel numbers; also called concrete, or Gumbel-softmax.
 *
 * log p(x) = log Gamma(K) + (K - 1) log t + sum_k (l_k - log x_k) - K log sum_k exp(l_k), l_k = logits_k - t log x_k, a density on
 * the simplex, and -Infinity where a number is not in (0, 1); that the sum is 1 is not checked. As the temperature t falls to 0
 * draws come close to the corners, to corner k with probability softmax(logits)_k.
 *
 * Source: Maddison, Mnih and Teh, "The concrete distribution", arXiv:1611.00712, eq. 11; Jang, Gu and Poole, "Categorical
 * reparameterization with Gumbel-softmax", arXiv:1611.01144.
 *
 * @example
 * ```ts
 * import { RelaxedCategorical } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * const law = new RelaxedCategorical([0, 2, -1], 0.5);
 * const [x, logProb] = law.sampleAndLogProb(Key.from(1), [10]); // [10, 3], [10]
 * ```
 */
export class RelaxedCategorical extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  /**
   * @param logits logarithms of the probabilities up to a constant, finite, shape `[...batch, K]`
   * @param temperature > 0, shape `[]`
   * @throws DomainError for numbers out of range; tensors are not read
   */
  constructor(
    readonly logits: ParameterLike,
    readonly temperature: ParameterLike,
  ) {
    super();
    const shape = checkLogits('RelaxedCategorical', logits);
    checkFinite('RelaxedCategorical: logits', logits);
    checkPositive('RelaxedCategorical: temperature', temperature);
    this.eventShape = shape.slice(-1);
    this.batchShape = shape.slice(0, -1);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const size = this.eventShape[0]!;
      const inside = (x: Tensor) => tf.all(tf.logicalAnd(tf.greater(x, 0), tf.lessEqual(x, 1)), -1);
      const logX = tf.log(clip(x, LEAST, 1));
      const temperature = tensorOf(this.temperature);
      const l = tf.sub(logSoftmax(tensorOf(this.logits)), tf.mul(temperature, logX));
      const volume = tf.add(lgamma(tf.scalar(size)), tf.mul(size - 1, tf.log(temperature)));
      const sum = tf.sub(tf.sum(tf.sub(l, logX), -1), tf.mul(size, logSumExp(l)));
      const logProb = tf.add(sum, volume);
      return onSupport(tf.sum(x, -1), () => inside(x), logProb);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const noise = key.gumbel([...shape, ...this.batchShape, ...this.eventShape]);
      const noisy = tf.add(tensorOf(this.logits), noise);
      return clip(softmax(tf.div(noisy, tensorOf(this.temperature))), LEAST, 1);
    });
  }
}
